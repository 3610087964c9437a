import type { DefinedBlueprint } from "@/server/engine/blueprint/define";
import { documentIngestion } from "./document-ingestion";
import { expenseApproval } from "./expense-approval";
import { premiumSubscription } from "./premium-subscription";
import { squareNumbers } from "./square-numbers";
import { urgentFirst } from "./urgent-first";

/** The blueprints that ship, stored at start for every client to use. */
export const shippedBlueprints: readonly DefinedBlueprint[] = [
  documentIngestion,
  expenseApproval,
  premiumSubscription,
  squareNumbers,
  urgentFirst,
];
