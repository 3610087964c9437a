import type { PageText } from "./make-pdf";

/** The text of `harbour-handbook.pdf`: an invented harbour office, invented people. */
export const handbook: PageText[] = [
  {
    heading: "Harbour handbook, part one: arrivals",
    paragraphs: [
      "Every vessel that wishes to enter the inner harbour announces itself on channel twelve at least two hours before arrival. The duty officer writes down the name of the vessel, its length and its draught, and assigns a berth. A vessel without an assigned berth waits at the outer buoy until one becomes free.",
      "The duty officer checks the announced draught against the tide table of the day. Where less than one metre of water would remain under the keel, the arrival is moved to the next high tide. The skipper is told at once, and the reason is written in the arrival log beside the new time.",
      "Questions about arrivals are answered by the harbour office at arrivals@harbour-office.example or by telephone at +44 20 7946 0123. The office is staffed day and night, all year round.",
      "A berth is held for ninety minutes after the agreed time. After that it may be given to the next vessel in the queue, unless the skipper has called to say that the arrival is late.",
    ],
  },
  {
    heading: "Harbour handbook, part two: cargo",
    paragraphs: [
      "Cargo is unloaded in the order of the berths, starting at the northern quay. Refrigerated containers come first, because the quay has only six power connections. A container that has been without power for more than forty minutes is opened and its temperature is written in the cargo log.",
      "Dangerous goods are declared on form seven. The form names the substance, its class, the quantity and the person responsible. The safety officer compares the form with the labels on the container before the crane is allowed to lift it. A container with a missing label stays on board.",
      "Port fees are paid within thirty days to the account GB33 BUKB 2020 1555 5555 55 of the harbour authority. A receipt is sent to the address on the cargo form. Late fees are calculated per day and are listed in the annex.",
      "When the wind is stronger than fifty kilometres per hour, the cranes stop. The crane operator decides, and nobody may overrule the operator. Work starts again when the wind has been below the limit for fifteen minutes.",
    ],
  },
  {
    heading: "Harbour handbook, part three: departures",
    paragraphs: [
      "A vessel that wishes to leave asks for clearance one hour before departure. Clearance is given when the port fees are settled, the cargo log is signed and the pilot is on board. The clearance number is written on the departure slip and read back by the skipper.",
      "The pilot leads the vessel through the narrow channel to the outer buoy. Speed in the channel is limited to six knots. Two vessels never pass each other between the lighthouse and the breakwater; the one that goes with the tide has priority.",
      "The departure log closes at midnight. It lists every vessel, the clearance number, the name of the pilot and the time at the outer buoy. The harbour master signs the log each morning and keeps it for ten years.",
      "Lost property found on the quay is kept in the office for three months. Write to lost-property@harbour-office.example and describe the thing, the place and the day.",
    ],
  },
];

/** A long document for tests: the handbook's paragraphs again and again, numbered so that no two pages are equal. */
export function longHandbook(pageCount: number): PageText[] {
  return Array.from({ length: pageCount }, (_, index) => {
    const page = handbook[index % handbook.length] as PageText;
    const number = index + 1;
    const paragraphs = [...page.paragraphs, ...page.paragraphs.slice(0, 2)];
    return {
      heading: `${page.heading}, sheet ${number}`,
      paragraphs: paragraphs.map((text, line) => `Rule ${number}.${line + 1}: ${text}`),
    };
  });
}
