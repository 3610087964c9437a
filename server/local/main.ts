import { buildIfStale } from "@/server/local/build";
import { explainSystemError, SetupError } from "@/server/local/setup-error";
import { supervise } from "@/server/local/supervisor";

const say = (line: string) => console.log(line);

try {
  const flags = new Set(process.argv.slice(2));
  if (flags.has("--build")) await buildIfStale(process.cwd(), say);
  else process.exitCode = await supervise({ projectFolder: process.cwd(), development: flags.has("--dev"), say });
} catch (error) {
  const told = explainSystemError(error);
  if (told instanceof SetupError) console.error(`\n${told.message}\n${told.fix}`);
  else console.error(told);
  process.exitCode = 1;
}
