import {
  DUTIES,
  type Duty,
  type Member,
  type Membership,
  type MemberState,
} from "../membership.ts";

/** A manager that is alone: it has every duty. */
export class SingleMember implements Membership {
  readonly node: string;
  readonly #self: Member;

  constructor(self: Member) {
    this.node = self.node;
    this.#self = self;
  }

  live(): Member[] {
    return [this.#self];
  }

  states(): MemberState[] {
    return [{ ...this.#self, duties: DUTIES, leaseAgeMs: null, load: null }];
  }

  holds(_duty: Duty): boolean {
    return true;
  }
}
