/**
 * An extension of a browser, whatever browser it is.
 *
 * @module
 */

/** What is known of an extension; what is left out is not known. */
export interface BrowserExtension {
  id: string;
  name: string;
  version: string;
  type: string | undefined;
  description: string | undefined;
  vendor: string | undefined;
  permissions: readonly string[];
  /** Where it is updated from. */
  reference: string | undefined;
  autoupdate: boolean | undefined;
  enabled: boolean | undefined;
  /** ISO 8601. */
  installed: string | undefined;
  /** Whether the profile knows of it; otherwise it only lies in its folder. */
  isReferenced: boolean;
  persistent?: boolean | undefined;
  fromWebstore?: boolean | undefined;
  visible?: boolean | undefined;
  /** Where it lies. */
  path?: string | undefined;
  /** Of its manifest: lower-case hex. */
  sha256?: string | undefined;
}

/** The extensions of a profile, and whose they are. */
export interface ExtensionProfile {
  browser: string;
  name: string;
  path: string;
  extensions: BrowserExtension[];
}
