/**
 * A mock manager in this process, for the tests of what it is more than a manager.
 *
 * @module
 */

import { type MockOptions, openMockManager } from "../../mock_server/mock_manager.ts";
import { TestManager, type TestOptions } from "../manager/harness.ts";

type MockManager = Awaited<ReturnType<typeof openMockManager>>;

/** How {@linkcode openMock} opens it. */
export type MockTestOptions = Omit<TestOptions, "extension"> & MockOptions;

/** A mock manager in memory (or in `dataFolder`), a clock that stands still, and an enrolled agent. */
export function openMock(options: MockTestOptions = {}): Promise<TestManager<MockManager>> {
  return TestManager.openBy(openMockManager, options);
}
