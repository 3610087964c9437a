import type { Locale } from "@/lib/i18n/locales";
import approvalsEn from "@/lib/i18n/messages/en/approvals.json";
import authEn from "@/lib/i18n/messages/en/auth.json";
import blueprintsEn from "@/lib/i18n/messages/en/blueprints.json";
import bulkEn from "@/lib/i18n/messages/en/bulk.json";
import commonEn from "@/lib/i18n/messages/en/common.json";
import formsEn from "@/lib/i18n/messages/en/forms.json";
import graphEn from "@/lib/i18n/messages/en/graph.json";
import jobEn from "@/lib/i18n/messages/en/job.json";
import jobsEn from "@/lib/i18n/messages/en/jobs.json";
import jsonEn from "@/lib/i18n/messages/en/json.json";
import overviewEn from "@/lib/i18n/messages/en/overview.json";
import quarantineEn from "@/lib/i18n/messages/en/quarantine.json";
import reportsEn from "@/lib/i18n/messages/en/reports.json";
import shellEn from "@/lib/i18n/messages/en/shell.json";
import statusEn from "@/lib/i18n/messages/en/status.json";
import timeEn from "@/lib/i18n/messages/en/time.json";
import tokensEn from "@/lib/i18n/messages/en/tokens.json";
import verbsEn from "@/lib/i18n/messages/en/verbs.json";
import whyEn from "@/lib/i18n/messages/en/why.json";
import workersEn from "@/lib/i18n/messages/en/workers.json";
import approvalsEs from "@/lib/i18n/messages/es/approvals.json";
import authEs from "@/lib/i18n/messages/es/auth.json";
import blueprintsEs from "@/lib/i18n/messages/es/blueprints.json";
import bulkEs from "@/lib/i18n/messages/es/bulk.json";
import commonEs from "@/lib/i18n/messages/es/common.json";
import formsEs from "@/lib/i18n/messages/es/forms.json";
import graphEs from "@/lib/i18n/messages/es/graph.json";
import jobEs from "@/lib/i18n/messages/es/job.json";
import jobsEs from "@/lib/i18n/messages/es/jobs.json";
import jsonEs from "@/lib/i18n/messages/es/json.json";
import overviewEs from "@/lib/i18n/messages/es/overview.json";
import quarantineEs from "@/lib/i18n/messages/es/quarantine.json";
import reportsEs from "@/lib/i18n/messages/es/reports.json";
import shellEs from "@/lib/i18n/messages/es/shell.json";
import statusEs from "@/lib/i18n/messages/es/status.json";
import timeEs from "@/lib/i18n/messages/es/time.json";
import tokensEs from "@/lib/i18n/messages/es/tokens.json";
import verbsEs from "@/lib/i18n/messages/es/verbs.json";
import whyEs from "@/lib/i18n/messages/es/why.json";
import workersEs from "@/lib/i18n/messages/es/workers.json";
import type { Namespace } from "@/lib/i18n/namespaces";

const en = {
  common: commonEn,
  status: statusEn,
  shell: shellEn,
  auth: authEn,
  forms: formsEn,
  json: jsonEn,
  time: timeEn,
  overview: overviewEn,
  jobs: jobsEn,
  job: jobEn,
  verbs: verbsEn,
  why: whyEn,
  bulk: bulkEn,
  quarantine: quarantineEn,
  graph: graphEn,
  approvals: approvalsEn,
  blueprints: blueprintsEn,
  workers: workersEn,
  reports: reportsEn,
  tokens: tokensEn,
} satisfies Record<Namespace, object>;

const es = {
  common: commonEs,
  status: statusEs,
  shell: shellEs,
  auth: authEs,
  forms: formsEs,
  json: jsonEs,
  time: timeEs,
  overview: overviewEs,
  jobs: jobsEs,
  job: jobEs,
  verbs: verbsEs,
  why: whyEs,
  bulk: bulkEs,
  quarantine: quarantineEs,
  graph: graphEs,
  approvals: approvalsEs,
  blueprints: blueprintsEs,
  workers: workersEs,
  reports: reportsEs,
  tokens: tokensEs,
} satisfies Record<Namespace, object>;

/** The shape that every language has: English is the one that the keys are typed by. */
export type Messages = typeof en;

const byLocale: Record<Locale, Messages> = { en, es };

/** All messages of one language. A key that Spanish lacks doesn't compile; one that it has too many, a test finds. */
export function messagesFor(locale: Locale): Messages {
  return byLocale[locale];
}
