/** An image as a registry holds it. */
export interface PushedImage {
  /** `host:port/repository:tag` */
  readonly reference: string;
  /** `host:port/repository` */
  readonly repository: string;
  /** Of the manifest, or of the index when there is one. */
  readonly digest: string;
  /** Of the configuration: what containerd calls the image's id. */
  readonly id: string;
}
