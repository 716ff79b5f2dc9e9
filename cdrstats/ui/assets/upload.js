// Sends files to POST /upload one after another, and shows how far each is.
export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const zone = parentElement.querySelector(".zone")
  const input = parentElement.querySelector("input")
  const list = parentElement.querySelector("ul")
  zone.query = data.query // read when a file is sent, so that a rerun may change it

  const send = (file) => new Promise((done) => {
    const item = document.createElement("li")
    item.innerHTML = '<div class="row"><span class="name"></span><span class="state"></span></div><div class="bar"><i></i></div>'
    const [state, bar] = [item.querySelector(".state"), item.querySelector("i")]
    item.querySelector(".name").textContent = file.name
    list.prepend(item)
    const over = (text, mark) => {
      state.textContent = text
      item.className = mark
      bar.style.width = "100%"
      done()
    }
    const call = new XMLHttpRequest()
    call.upload.onprogress = (event) => {
      const part = event.total ? event.loaded / event.total : 1
      bar.style.width = `${(part * 100).toFixed(1)}%`
      state.textContent = `${Math.floor(part * 100)} % sent`
    }
    call.upload.onload = () => {
      item.className = "reading"
      state.textContent = "reading…"
    }
    const newest = () => {
      const lines = call.responseText.trim().split("\n")
      for (let line = lines.pop(); line !== undefined; line = lines.pop()) {
        try { return JSON.parse(line) } catch { continue } // the last line may be half here
      }
      return {}
    }
    call.onprogress = () => {
      const { read } = newest()
      if (read !== undefined && item.className === "reading") state.textContent = `${read.toLocaleString("en")} records read`
    }
    call.onload = () => {
      const report = newest()
      if (report.error) return over(report.error, "failed")
      if (call.status >= 400) return over(`The server answered ${call.status}.`, "failed")
      const parts = ["imported", "duplicates", "rejected", "bad", "ignored", "joined", "waiting"]
        .filter((part) => report[part]).map((part) => `${report[part].toLocaleString("en")} ${part}`)
      over([parts.join(", ") || "nothing new", report.note].filter(Boolean).join(" · "), report.bad || report.rejected ? "partly" : "done")
    }
    call.onerror = () => over("The connection broke off.", "failed")
    call.open("POST", `${data.url}?${new URLSearchParams({ ...zone.query, name: file.name })}`)
    call.setRequestHeader("Accept", "application/x-ndjson")
    call.setRequestHeader("Content-Type", "application/octet-stream")
    call.send(file)
  })

  const sendAll = async (files) => {
    for (const file of [...files]) await send(file)
    setTriggerValue("loaded", Date.now())
  }
  input.onchange = () => {
    sendAll(input.files).finally(() => { input.value = "" })
  }
  zone.ondragover = (event) => {
    event.preventDefault()
    zone.classList.add("over")
  }
  zone.ondragleave = () => zone.classList.remove("over")
  zone.ondrop = (event) => {
    event.preventDefault()
    zone.classList.remove("over")
    sendAll(event.dataTransfer.files)
  }
}
