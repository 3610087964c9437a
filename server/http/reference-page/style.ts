/** The frame around the library's own page, in the product's colours; the names follow `app/styles/tokens.css`. */
export const PAGE_STYLE = `:root {
  color-scheme: light;
  --canvas: #f6f7f9;
  --surface: #ffffff;
  --line: #e6e9ee;
  --text: #0f141c;
  --text-2: #434c5a;
}
:root.dark-mode {
  color-scheme: dark;
  --canvas: #0d1016;
  --surface: #14181f;
  --line: #262c36;
  --text: #eef1f6;
  --text-2: #b4bcc9;
}
html, body { margin: 0; background: var(--canvas); color: var(--text); }
body { font: 13px/20px ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.frame {
  display: flex;
  align-items: baseline;
  gap: 16px;
  padding: 12px 20px;
  border-bottom: 1px solid var(--line);
  background: var(--surface);
}
.frame h1 { margin: 0; font-size: 16px; line-height: 24px; font-weight: 600; }
.frame p { margin: 0; color: var(--text-2); }
.frame a { color: var(--text); margin-inline-start: auto; }
.frame a:focus-visible { outline: 2px solid var(--text); outline-offset: 2px; }
.swagger-ui .btn.execute, .dark-mode .swagger-ui .btn.execute { background: #1a5fc4; border-color: #1a5fc4; color: #fff; }
noscript p { padding: 20px; }
`;
