// From the button of an open popover, Tab leads into it: it stands at the end of the document.
const BODY = "[data-testid=stPopoverBody]";
const OPENED = "[data-testid=stPopoverButton][aria-expanded=true]";
const STOPS = "input, button, textarea, [tabindex='0']";

function lead(event) {
    if (event.key !== "Tab" || event.shiftKey || !document.activeElement?.matches(OPENED)) return;
    const bodies = document.querySelectorAll(BODY);
    const first = bodies[bodies.length - 1]?.querySelector(STOPS);
    if (!first) return;
    event.preventDefault();
    first.focus();
}

export default function () {
    document.addEventListener("keydown", lead); // once, however often it is said
}
