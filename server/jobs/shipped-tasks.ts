/** The names of the tasks that ship, each with its older names; a test holds it against the registry, which has the code. */
export const SHIPPED_TASKS: Readonly<Record<string, readonly string[]>> = {
  inspect_documents: [],
  extract_text: [],
  split_chunks: [],
  analyse_chunk: [],
  build_report: [],
  publish_report: [],
  process_document: [],
  demo_echo: [],
  demo_sleep: [],
  demo_fail: [],
  demo_square: [],
  demo_send_email: [],
  demo_register_service: [],
};
