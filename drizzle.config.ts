import { defineConfig } from "drizzle-kit";

/** `npx drizzle-kit generate --name <what>`; partitions, storage settings and the like are written into the SQL by hand. */
export default defineConfig({
  dialect: "postgresql",
  schema: ["./server/store/**/*schema*.ts", "./server/store/schema/*.ts"],
  out: "./drizzle",
});
