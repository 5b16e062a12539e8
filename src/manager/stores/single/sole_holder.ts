import type { Holding } from "../states.ts";

/** A manager that is alone watches every agent. */
export const SOLE_HOLDER: Holding = {
  isHeld: () => true,
  claim: () => Promise.resolve(true),
  tell: () => {},
  tellReplaced: () => {},
  tellCloned: () => {},
  canJudge: () => true,
};
