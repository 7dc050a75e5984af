/* Sends what visitors of a page do to the hub that serves this file.

   <script src="https://HUB/capture.js" data-write-key="KEY" data-consent-version="v2" defer></script>
   <form data-hotleads data-launch="spring">
     <input name="name"> <input name="email"> <input name="phone"> <input name="goal">
     <input type="checkbox" name="consent" value="yes">
   </form>

   A view of the page is sent at once, a form when it is submitted; window.hotleads has track, identify and page.
   Without a visitor's consent to storage, set data-storage="none": then nothing is kept in their browser. */
(function () {
  "use strict";
  var script = document.currentScript;
  if (!script || !script.dataset.writeKey) { return; }
  var host = new URL(script.src).origin;
  var keeps = script.dataset.storage !== "none";
  var clickIds = ["fbclid", "gclid"];
  var utm = { utm_campaign: "name", utm_source: "source", utm_medium: "medium", utm_content: "content", utm_term: "term" };

  function createId() {
    return crypto.randomUUID ? crypto.randomUUID() : String(Date.now()) + "-" + Math.random().toString(36).slice(2);
  }
  function read(name) {
    try { return keeps ? localStorage.getItem("hotleads." + name) : null; } catch (refused) { return null; }
  }
  function keep(name, value) {
    try { if (keeps) { localStorage.setItem("hotleads." + name, value); } } catch (refused) { /* storage is off */ }
  }
  function readCookie(name) {
    var found = document.cookie.match(new RegExp("(?:^|; )" + name + "=([^;]*)"));
    return found ? decodeURIComponent(found[1]) : "";
  }

  var anonymousId = read("visitor") || createId();
  keep("visitor", anonymousId);

  /* The address by which they came first: later pages of the visit have no campaign of their own. */
  var parameters = new URLSearchParams(location.search);
  var arrived = Object.keys(utm).concat(clickIds).some(function (name) { return parameters.has(name); });
  if (arrived) { keep("arrival", location.search); }
  var arrival = new URLSearchParams(arrived ? location.search : read("arrival") || "");

  function buildContext() {
    var campaign = {};
    Object.keys(utm).forEach(function (name) {
      if (arrival.get(name)) { campaign[utm[name]] = arrival.get(name); }
    });
    var page = { url: location.origin + location.pathname + (arrival.toString() ? "?" + arrival : ""), path: location.pathname };
    return { campaign: campaign, page: page, locale: navigator.language, library: { name: "hotleads.js" } };
  }
  function send(kind, message) {
    var now = new Date().toISOString();
    var whole = Object.assign(
      { writeKey: script.dataset.writeKey, messageId: createId(), anonymousId: anonymousId, timestamp: now, sentAt: now,
        context: buildContext() },
      message
    );
    var body = JSON.stringify(whole);
    if (!navigator.sendBeacon || !navigator.sendBeacon(host + "/v1/" + kind, body)) {
      fetch(host + "/v1/" + kind, { method: "POST", body: body, keepalive: true }).catch(function () { return null; });
    }
  }
  function readForm(form) {
    var traits = {};
    new FormData(form).forEach(function (value, name) {
      if (typeof value === "string" && value && name.charAt(0) !== "_") { traits[name] = value; }
    });
    if (form.dataset.launch) { traits.launch_id = form.dataset.launch; }
    if (form.querySelector("[name=consent]")) { traits.consent = traits.consent || "no"; }
    if (script.dataset.consentVersion) { traits.consent_version = script.dataset.consentVersion; }
    traits.fbp = readCookie("_fbp");
    traits.fbc = readCookie("_fbc");
    return traits;
  }

  window.hotleads = {
    track: function (event, properties) { send("track", { event: event, properties: properties || {} }); },
    identify: function (traits) { send("identify", { traits: traits || {} }); },
    page: function (name) { send("page", { name: name || document.title, properties: { path: location.pathname } }); }
  };
  document.addEventListener("submit", function (event) {
    if (event.target.matches("form[data-hotleads]")) { window.hotleads.identify(readForm(event.target)); }
  }, true);
  window.hotleads.page();
})();
