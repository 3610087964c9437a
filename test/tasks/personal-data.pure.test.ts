import { describe, expect, it } from "vitest";
import { findPersonalData } from "@/server/tasks/document/personal-data";

const found = (text: string) => findPersonalData(text).map(({ kind, masked }) => `${kind} ${masked}`);

describe("personal data", () => {
  it.each([
    ["Write to ana.lopez+x@mail.example.org.", "email a***@m***.org"],
    ["<jörg@büro.example>", "email j***@b***.example"],
    ["GB82 WEST 1234 5698 7654 32", "iban GB82****************32"],
    ["pay to ES9121000418450200051332, thanks", "iban ES91******************32"],
    ["account GB33 BUKB 2020 1555 5555 55 OF THE HARBOUR", "iban GB33****************55"],
    ["FR14 2004 1010 0505 0001 3M02 606", "iban FR14*********************06"],
    ["NL91-ABNA-0417-1643-00", "iban NL91************00"],
    ["DE89 3704 0044\n0532 0130 00", "iban DE89****************00"],
    ["4111 1111 1111 1111", "card ************1111"],
    ["5555555555554444", "card ************4444"],
    ["2223-0031-2200-3222", "card ************3222"],
    ["378282246310005", "card ***********0005"],
    ["6011111111111117", "card ************1117"],
    ["3530111333300000", "card ************0000"],
    ["30569309025904", "card **********5904"],
    ["DNI 12345678Z", "national_id 1*******Z"],
    ["12.345.678-Z", "national_id 1*******Z"],
    ["NIE X1234567L", "national_id X*******L"],
    ["Y-1234567-X", "national_id Y*******X"],
    ["Z1234567R", "national_id Z*******R"],
    ["from 192.0.2.44 at noon", "ip 192.*.*.*"],
    ["2001:db8::8a2e:370:7334", "ip 2001:*"],
    ["fe80:0:0:0:1:2:3:4", "ip fe80:*"],
    ["call +34 912 345 678", "phone +34*******78"],
    ["call +44 (0)20 7946 0123", "phone +44*********23"],
    ["0044 20 7946 0123", "phone 004*********23"],
    ["tel. 912 345 678", "phone 912****78"],
    ["tel. 612 34 56 78", "phone 612****78"],
    ["(415) 555-0132", "phone 415*****32"],
  ])("finds %j as %s", (text, expected) => {
    expect(found(text)).toEqual([expected]);
  });

  it.each([
    ["not an address", "user@localhost and @handle and a@b"],
    ["IBAN with a wrong digit", "GB82 WEST 1234 5698 7654 33"],
    ["IBAN of a country without", "US82 WEST 1234 5698 7654 32"],
    ["IBAN that goes on", "DE893704004405320130001"],
    ["card with a wrong digit", "4111 1111 1111 1112"],
    ["sixteen digits of no network", "1234 5678 9012 3452"],
    ["DNI with a wrong letter", "12345678A"],
    ["DNI inside a code", "AB12345678Z9"],
    ["version number", "version 1.2.3.4.5 and 300.1.2.3"],
    ["time of day", "12:30:45 and 10:20"],
    ["C++ scope", "std::string and a::b"],
    ["year and range", "1998-2004, pages 100-200"],
    ["amounts", "912.345.678,00 and 1,234,567.89"],
    ["long number", "1000000000000000000000"],
    ["date", "2026-01-15T10:00:00Z"],
  ])("leaves alone: %s", (_what, text) => {
    expect(found(text)).toEqual([]);
  });

  it("tells places in order, and lets the more certain of two overlapping findings stand", () => {
    const text = "Card 4111 1111 1111 1111, mail a@x.example, phone +34 912 345 678.";
    expect(findPersonalData(text).map(({ kind, offset }) => [kind, offset])).toEqual([
      ["card", 5],
      ["email", text.indexOf("a@x")],
      ["phone", text.indexOf("+34")],
    ]);
  });

  it("never lets the whole finding out", () => {
    const secrets = [
      "ana@mail.example",
      "ES9121000418450200051332",
      "4111111111111111",
      "12345678Z",
      "192.0.2.44",
      "+34912345678",
    ];
    const findings = findPersonalData(secrets.join(" ; "));
    expect(findings).toHaveLength(secrets.length);
    for (const secret of secrets) expect(JSON.stringify(findings)).not.toContain(secret);
  });

  it("stays linear on hostile text", () => {
    for (const part of ["a", "a.", "a@", "1 ", "+1", "::", "0:", "ES91 ", "a@a.", "1.1."]) {
      expect(findPersonalData(part.repeat(50_000 / part.length)).length).toBeGreaterThanOrEqual(0);
    }
  });
});
