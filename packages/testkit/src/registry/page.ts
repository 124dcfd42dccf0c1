/** The header that says where a list goes on (OCI distribution specification, listing tags and referrers). */
export function nextPage(url: URL, last: string): { readonly link: string } {
  const next = new URL(url);
  next.searchParams.set("last", last);
  return { link: `<${next.pathname}${next.search}>; rel="next"` };
}
