/**
 * Says `text` to screen readers without moving the focus. One shared region per page, made when first needed:
 * a region that is added together with its text is not read out by every screen reader.
 */
export function announce(text: string): void {
  const region = document.getElementById(REGION_ID) ?? createRegion();
  region.textContent = "";
  window.setTimeout(() => {
    region.textContent = text;
  }, 60);
}

const REGION_ID = "batuta-announcer";

function createRegion(): HTMLElement {
  const region = document.createElement("div");
  region.id = REGION_ID;
  region.className = "vh";
  region.setAttribute("role", "status");
  region.setAttribute("aria-live", "polite");
  document.body.append(region);
  return region;
}
