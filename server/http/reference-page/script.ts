/** Runs in the head: the device's choice of colours, before anything is painted. */
export const THEME_SCRIPT = `"use strict";
(() => {
  const root = document.documentElement;
  if (root.dataset.theme !== "system") return;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => root.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", follow);
  follow();
})();
`;

/**
 * Runs in the page: shows the document, and asks for it again with the token that was just given, because it has an entry
 * for each blueprint that the token may start.
 */
export const PAGE_SCRIPT = `"use strict";
(() => {
  const holder = document.getElementById("docs");
  const url = holder.dataset.document;
  let ui = null;
  const tokenOf = () => {
    const given = ui.authSelectors.authorized();
    return given.getIn(["clientToken", "value"]) || given.getIn(["bearer", "value"]) || null;
  };
  const reload = (original, system) => (...given) => {
    const done = original(...given);
    system.specActions.download(url);
    return done;
  };
  const followsToken = () => ({ statePlugins: { auth: { wrapActions: { authorize: reload, logout: reload } } } });
  ui = window.SwaggerUIBundle({
    domNode: holder,
    url,
    presets: [window.SwaggerUIBundle.presets.apis],
    plugins: [followsToken],
    layout: "BaseLayout",
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    filter: true,
    validatorUrl: null,
    withCredentials: false,
    requestInterceptor: (request) => {
      const token = request.loadSpec && ui !== null ? tokenOf() : null;
      if (token) request.headers["X-Client-Token"] = token;
      return request;
    },
  });
})();
`;
