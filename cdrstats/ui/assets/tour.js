// Tell the page, once in each browser, that somebody is here for the first time.
export default function ({ setTriggerValue }) {
    const key = "cdrstats.tour";
    try {
        if (localStorage.getItem(key)) return;
        localStorage.setItem(key, "seen");
    } catch {
        return; // a browser that remembers nothing would be told at every visit
    }
    setTriggerValue("first", true);
}
