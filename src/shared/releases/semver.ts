/**
 * Versions as https://semver.org has them: the library, with its types.
 *
 * @module
 */

// @ts-types="@types/semver"
import semver from "semver";

export default semver;
