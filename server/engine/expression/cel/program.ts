import type { ExpressionScope } from "../scope";
import { startBudget } from "./budget";
import { FUNCTIONS } from "./functions";
import { type CelInput, type CelValue, celEnv, isCelError, type Node, parse, plan } from "./library";
import { viewOf } from "./views";

const environment = celEnv({ funcs: FUNCTIONS });
const instantOf = plan(environment, parse("timestamp(text)"));

/** A planned expression. Gives the library's value, or throws the library's error as an `Error`. */
export type Program = (scope: ExpressionScope) => CelValue;

/** Plans a checked expression for repeated evaluation. */
export function planProgram(checked: Node): Program {
  const run = plan(environment, checked as Parameters<typeof plan>[1]);
  return (scope) => {
    startBudget();
    const result = run(new Bindings(scope) as unknown as Record<string, CelInput>);
    if (isCelError(result)) throw result;
    return result;
  };
}

/** The names an expression may use, each converted when it is asked for. The library reads them as properties. */
class Bindings {
  constructor(private readonly scope: ExpressionScope) {}

  get job_id() {
    return this.scope.job_id;
  }
  get initial_data() {
    return viewOf(this.scope.initial_data);
  }
  get state_history() {
    return viewOf(this.scope.state_history);
  }
  get aggregation_results() {
    return optional(this.scope.aggregation_results);
  }
  get aggregation_list() {
    return optional(this.scope.aggregation_list);
  }
  get client() {
    return optional(this.scope.client);
  }
  get item() {
    return optional(this.scope.item);
  }
  get index() {
    return optional(this.scope.index);
  }
  get error() {
    return optional(this.scope.error);
  }
  get now() {
    return instantOf({ text: new Date(this.scope.now).toISOString() });
  }
}

/** Undefined stays undefined: the name is then unknown to the library, which is a missing value and not null. */
function optional(value: Parameters<typeof viewOf>[0]): CelInput | undefined {
  return value === undefined ? undefined : viewOf(value);
}
