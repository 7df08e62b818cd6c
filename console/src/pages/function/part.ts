import type { FunctionDetail } from "../../api/types";

/** What every part of a function's page is given. */
export interface PartProps {
  fn: FunctionDetail;
  changed: (fn: FunctionDetail) => void;
  describe: (description: string) => Promise<void>;
}
