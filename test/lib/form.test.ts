import { describe, expect, it } from "vitest";
import { accepts } from "@/lib/form/accept";
import { formatBytes } from "@/lib/form/bytes";
import { fieldMeant, getAt, setAt } from "@/lib/form/field-path";
import { draftOf, readForm, type UploadedFile } from "@/lib/form/form-value";
import { type FormField, fieldsOf, formOf } from "@/lib/form/schema-fields";
import type { JsonObject } from "@/lib/json";

const schema: JsonObject = {
  type: "object",
  required: ["files", "customer", "language", "hours"],
  properties: {
    files: {
      type: "array",
      items: { type: "string", format: "file", "x-batuta-file": { accept: ["application/pdf"], max_bytes: 1024 } },
      minItems: 1,
      maxItems: 2,
    },
    customer: { title: "Customer", type: "string", minLength: 2, description: "Who pays" },
    notes: { type: ["string", "null"], maxLength: 4000 },
    language: { enum: ["en", "es"], default: "es" },
    level: { oneOf: [{ const: 1, title: "One" }, { const: 2 }] },
    hours: { type: "integer", minimum: 1, maximum: 168, default: 24 },
    share: { type: "number" },
    alwaysReview: { type: "boolean", default: true },
    tags: { type: "array", items: { type: "string" } },
    address: { $ref: "#/$defs/address" },
    anything: {},
    maybe: { anyOf: [{ type: "string" }, { type: "null" }] },
  },
  $defs: {
    address: { type: "object", title: "Address", required: ["city"], properties: { city: { type: "string" } } },
  },
};

const file: UploadedFile = { file_id: "f1", name: "a.pdf", size: 10, type: "application/pdf" };
const parts = formOf(schema);
const field = (path: string) => fieldsOf(parts).find((each) => each.path === path) as FormField;

describe("a form from a schema", () => {
  it("has a control for every property", () => {
    expect(fieldsOf(parts).map(({ path, kind }) => [path, kind])).toEqual([
      ["files", "files"],
      ["customer", "text"],
      ["notes", "textarea"],
      ["language", "choice"],
      ["level", "choice"],
      ["hours", "integer"],
      ["share", "number"],
      ["alwaysReview", "boolean"],
      ["tags", "strings"],
      ["address.city", "text"],
      ["anything", "json"],
      ["maybe", "text"],
    ]);
  });

  it("names fields by title, else by a readable name, and keeps hints, limits and choices", () => {
    expect(field("customer")).toMatchObject({
      label: "Customer",
      hint: "Who pays",
      required: true,
      limits: { minLength: 2 },
    });
    expect(field("alwaysReview").label).toBe("Always review");
    expect(field("level").choices).toEqual([
      { value: 1, label: "One" },
      { value: 2, label: "2" },
    ]);
    expect(field("files").files).toEqual({ many: true, describes: null, accept: ["application/pdf"], maxBytes: 1024 });
    expect(field("address.city").required).toBe(true);
  });

  it("ends references that turn in a circle", () => {
    const circle: JsonObject = {
      type: "object",
      properties: { a: { $ref: "#/$defs/a" }, tree: { $ref: "#/$defs/tree" }, gone: { $ref: "#/$defs/none" } },
      $defs: { a: { $ref: "#/$defs/a" }, tree: { type: "object", properties: { child: { $ref: "#/$defs/tree" } } } },
    };
    const kinds = fieldsOf(formOf(circle)).map(({ kind }) => kind);
    expect(kinds).toEqual(["json", "json", "json"]);
  });
});

describe("the value of a form", () => {
  const complete = { ...draftOf(parts), customer: "acme", files: [file], "address.city": "Madrid" };

  it("starts from the defaults, or from a value", () => {
    expect(draftOf(parts)).toMatchObject({ language: "1", hours: "24", alwaysReview: true, tags: [], customer: "" });
    expect(draftOf(parts, { level: 2, tags: ["x"], address: { city: "Faro" }, anything: { a: 1 } })).toMatchObject({
      level: "1",
      tags: ["x"],
      "address.city": "Faro",
      anything: '{\n  "a": 1\n}',
    });
  });

  it("has the types of the schema and leaves out what is empty", () => {
    const { value, problems } = readForm(parts, {
      ...complete,
      share: "1,5",
      level: "0",
      tags: ["a", " "],
      anything: "[1]",
    });
    expect(problems).toEqual([]);
    expect(value).toEqual({
      files: ["f1"],
      customer: "acme",
      language: "es",
      level: 1,
      hours: 24,
      share: 1.5,
      alwaysReview: true,
      tags: ["a"],
      address: { city: "Madrid" },
      anything: [1],
    });
  });

  it.each([
    ["customer", "", "errorRequired"],
    ["customer", "a", "errorMinLength"],
    ["language", "", "errorRequiredChoice"],
    ["hours", "many", "errorNumber"],
    ["hours", "1.5", "errorInteger"],
    ["hours", "0", "errorMinimum"],
    ["hours", "400", "errorMaximum"],
    ["anything", "{", "errorJson"],
    ["files", [], "errorRequired"],
    ["files", [file, file, file], "errorMaxItems"],
    ["address.city", " ", "errorRequired"],
  ])("refuses %s = %j with %s", (path, raw, code) => {
    const { problems } = readForm(parts, { ...complete, [path]: raw });
    expect(problems.map((problem) => [problem.path, problem.code])).toEqual([[path, code]]);
  });

  it("describes a file where the schema wants an object", () => {
    const one = formOf({
      type: "object",
      properties: { doc: { type: "object", "x-batuta-file": true, properties: { file: {}, name: {}, other: {} } } },
    });
    expect(readForm(one, { doc: [file] }).value).toEqual({ doc: { file: "f1", name: "a.pdf" } });
  });

  it("never changes a prototype", () => {
    const hostile = formOf(
      JSON.parse('{"type":"object","properties":{"__proto__":{"type":"object","properties":{"x":{"type":"string"}}}}}'),
    );
    const { value } = readForm(hostile, { "__proto__.x": "1" });
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
    const target: JsonObject = {};
    setAt(target, "__proto__.polluted", true);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(getAt({}, "constructor.name")).toBeUndefined();
  });
});

describe("a field that the server refuses", () => {
  const paths = ["files", "customer", "address", "address.city"];
  it.each([
    ["initial_data.files[0]", "files"],
    ["initial_data.files.0.name", "files"],
    ["/initial_data/address/city", "address.city"],
    ["customer", "customer"],
    ["customerx", null],
    ["", null],
  ])("%s is %s", (sent, path) => {
    expect(fieldMeant(sent, paths, "initial_data")).toBe(path);
  });
});

describe("files", () => {
  it.each([
    [["application/pdf"], { name: "a.pdf", type: "application/pdf" }, true],
    [["application/pdf"], { name: "a.png", type: "image/png" }, false],
    [["image/*"], { name: "a.png", type: "image/png" }, true],
    [[".md"], { name: "A.MD", type: "" }, true],
    [[".md"], { name: "a.txt", type: "" }, false],
    [["text/markdown"], { name: "a.md", type: "" }, true],
    [[], { name: "x", type: "x/y" }, true],
  ])("accept %j of %j: %s", (accept, candidate, fits) => {
    expect(accepts(accept, candidate)).toBe(fits);
  });

  it("have readable sizes", () => {
    expect([512, 3174, 52_428_800, 188_204_000].map((bytes) => formatBytes(bytes))).toEqual([
      "512 B",
      "3.1 KiB",
      "50 MiB",
      "179 MiB",
    ]);
    expect(formatBytes(3174, "es")).toBe("3,1 KiB");
  });
});
