/** Prints each requirement once, however many scopes have it: a large one would be printed again for thousands of them. */
export function requirementTexts(): (requirement: object) => string {
  const texts = new Map<object, string>();
  return (requirement) => {
    const text = texts.get(requirement) ?? JSON.stringify(requirement);
    texts.set(requirement, text);
    return text;
  };
}
