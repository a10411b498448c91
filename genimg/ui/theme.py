"""The look: quiet neutrals, one accent, system fonts, light and dark; nothing is fetched from anywhere."""

from gradio import themes

_FONT = ("ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "PingFang SC", "Microsoft YaHei", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Consolas", "Liberation Mono", "monospace")


def theme() -> themes.Base:
    """Return the theme: Gradio's base in stone and teal, with flat surfaces and visible focus."""
    return themes.Base(
        primary_hue=themes.colors.teal,
        secondary_hue=themes.colors.teal,
        neutral_hue=themes.colors.stone,
        radius_size=themes.sizes.radius_md,
        spacing_size=themes.sizes.spacing_md,
        text_size=themes.sizes.text_md,
        font=_FONT,
        font_mono=_MONO,
    ).set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        block_background_fill="white",
        block_background_fill_dark="*neutral_900",
        block_border_width="1px",
        block_border_color="*neutral_200",
        block_border_color_dark="*neutral_800",
        block_shadow="none",
        block_shadow_dark="none",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        block_label_border_width="0px",
        block_label_text_color="*neutral_600",
        block_label_text_color_dark="*neutral_300",
        block_title_text_color="*neutral_800",
        block_title_text_color_dark="*neutral_100",
        block_title_text_weight="550",
        block_info_text_color="*neutral_500",
        block_info_text_color_dark="*neutral_400",
        input_background_fill="*neutral_50",
        input_background_fill_dark="*neutral_800",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover_dark="*primary_700",
        button_primary_text_color="white",
        button_secondary_background_fill="white",
        button_secondary_background_fill_hover="*neutral_100",
        button_secondary_background_fill_dark="*neutral_800",
        button_secondary_background_fill_hover_dark="*neutral_700",
        button_border_width="1px",
        button_secondary_border_color="*neutral_300",
        button_secondary_border_color_dark="*neutral_700",
        color_accent="*primary_600",
        link_text_color="*primary_700",
        link_text_color_dark="*primary_300",
        body_text_color_subdued="*neutral_500",
        slider_color="*primary_600",
        slider_color_dark="*primary_500",
    )


# Gradio's rows wrap by minimum widths, which leaves a phone with two narrow columns; below 768 px we say so ourselves.
CSS = """
.gradio-container {
  width: 100% !important; max-width: min(1320px, 100vw) !important;
  margin: 0 auto !important; overflow: clip !important;
}
.gi-header { align-items: baseline !important; gap: 0.1rem 1rem !important; padding: 0 2px; flex-wrap: wrap; }
.gi-header > * { flex: 0 1 auto !important; min-width: 0 !important; width: auto !important; }
.gi-header, .gi-header .prose { color: var(--body-text-color-subdued); font-size: 0.95rem; }
.gi-header h1 { font-size: 1.4rem; font-weight: 650; margin: 0; color: var(--body-text-color); }
.gi-header .gi-device { margin-left: auto; }
.gi-device, .gi-status {
  font-variant-numeric: tabular-nums; color: var(--body-text-color-subdued); font-size: 0.85rem;
}
.gi-status { min-height: 1.4em; padding: 0 0.15rem; }
.gi-status b { font-weight: 550; color: var(--body-text-color); }
.gi-warning { border-left: 3px solid #d97706; padding: 0.35rem 0.75rem; font-size: 0.9rem; background: #d9770614; }
.gi-buttons { gap: var(--spacing-md) !important; }
.gi-numbers { gap: var(--spacing-md) !important; }
.gi-band { position: fixed; z-index: 1000; border: 2px solid white; outline: 1px solid #0008; pointer-events: none; }
#edit-result:has(img) img { user-select: none; -webkit-user-drag: none; }
.gi-stage, .gi-photo { padding: 0 !important; }
.gi-send { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 4px; min-height: 1.6rem; font-size: 0.85rem; }
.gi-send > * { margin: 0 !important; white-space: nowrap; }
.gi-send span { color: var(--body-text-color-subdued); padding-right: 4px; }
.gi-send button, .gi-menu button, .gi-more {
  padding: 3px 8px !important; border: 0 !important; border-radius: var(--radius-md) !important;
  font: inherit !important; color: var(--link-text-color); background: none;
}
.gi-send button:hover, .gi-menu button:hover { background: var(--button-secondary-background-fill-hover); }
.gi-chip { position: fixed; z-index: 900; font-size: 0.8rem; }
.gi-chip .gi-more { background: #1c1917cc; color: white; }
.gi-menu {
  display: none; position: absolute; left: 0; top: 100%; flex-direction: column; width: max-content;
  padding: 4px; border: 1px solid var(--block-border-color); border-radius: var(--block-radius);
  background: var(--block-background-fill); box-shadow: 0 4px 16px #0003;
}
.gi-menu button { text-align: left; }
.gi-up { top: auto; bottom: 100%; }
.gi-left { left: auto; right: 0; }
.gi-chip:hover .gi-menu, .gi-open .gi-menu { display: flex; }
.gi-canvas { touch-action: none; cursor: crosshair; }
.gi-canvas > canvas { position: absolute; pointer-events: none; opacity: 0.55; z-index: 5; }
.gi-canvas img { user-select: none; -webkit-user-drag: none; touch-action: none; }
.overflow-dropdown { z-index: 200 !important; } /* the tabs that do not fit, over the picture that stays in sight */
.gi-examples .grid-wrap { padding: 6px; overflow: hidden; }
.gi-examples .grid-container {
  gap: 6px; padding: 0; grid-template-columns: repeat(var(--grid-cols), minmax(0, 1fr)) !important;
  grid-auto-rows: 58px !important;
}
.gi-examples .gallery-item, .gi-examples .thumbnail-item { height: 58px; aspect-ratio: auto; }
.gi-examples .caption-label { display: none; }
.gi-header .html-container, .gi-status .html-container { padding: 0 !important; }
.gi-buttons label { white-space: nowrap; }
.gi-shelf .grid-container { grid-template-columns: 1fr 1fr !important; grid-auto-rows: 66px !important; }
.gi-shelf .gallery-item, .gi-shelf .thumbnail-item { height: 66px; aspect-ratio: auto; }
.gi-page { align-items: flex-start; }
.gi-result img { object-fit: contain; }
.gi-thumbs .grid-wrap {
  max-height: 330px !important; min-height: 0 !important; height: auto !important; padding: 2px !important;
}
.gi-thumbs .grid-container {
  grid-template-columns: repeat(auto-fill, minmax(72px, 1fr)) !important;
  grid-template-rows: none !important; grid-auto-rows: min-content !important; height: auto !important;
  gap: 6px !important;
}
.gi-thumbs .gallery-container, .gi-thumbs .gallery-item, .gi-thumbs .thumbnail-item { height: auto !important; }
.gi-thumbs .thumbnail-item { width: 100%; }
.gi-variants .grid-wrap { max-height: none !important; padding: 4px !important; }
.gi-variants .grid-container { gap: 6px !important; }
.gi-cards { display: grid; gap: 10px; }
.gi-cards section {
  padding: 10px 12px; border: 1px solid var(--block-border-color); border-radius: var(--block-radius);
  background: var(--block-background-fill);
}
.gi-cards h3 { font-size: 1rem; font-weight: 600; margin: 0; }
.gi-cards ul { display: flex; flex-wrap: wrap; gap: 2px 14px; margin: 2px 0 8px; padding: 0; list-style: none; }
.gi-cards ul, .gi-cards p { color: var(--body-text-color-subdued); font-size: 0.85rem; }
.gi-cards li { font-variant-numeric: tabular-nums; margin: 0; }
.gi-cards p { margin: 6px 0 0; }
.gi-shots { display: grid; grid-template-columns: repeat(auto-fill, minmax(60px, 1fr)); gap: 4px; }
#compare-cards .html-container { padding: 0 !important; }
.gi-shots img { width: 100%; aspect-ratio: 1; border-radius: 4px; }
.gi-again { display: flex; align-items: center; gap: 8px; margin-top: 8px; }
.gi-again img { width: 84px; border-radius: 4px; }
.gi-note, .gi-note .prose * { color: var(--body-text-color-subdued); font-size: 0.85rem; }
.gi-sliders { gap: 0 !important; }
.gi-sliders .min_value, .gi-sliders .max_value { display: none; }
.gi-seed { align-items: flex-end !important; }
.gi-seed button { margin-bottom: 10px; }
.gi-buttons > button { white-space: nowrap; padding-inline: 6px; }
/* Three pictures side by side at any width, each square below its label. */
.gi-three { flex-wrap: nowrap !important; gap: var(--spacing-md) !important; }
.gi-three > .block { min-width: 0 !important; padding-top: 28px !important; }
.gi-three .image-container { aspect-ratio: 1; height: auto !important; }
.gi-three [data-testid="block-label"] { padding-inline: 4px; }
.gi-three [data-testid="block-label"] > span { display: none; }
#vae-square:not(:has(img)) { display: none; }
.gi-picker img { width: 100%; height: 100%; object-fit: contain; }
.gi-picker .gi-thumbs .grid-container { grid-template-columns: repeat(4, minmax(0, 1fr)) !important; }
/* Training: small pictures stay pixels, and all of a view is seen. */
.gi-live figure { margin: 0; position: relative; }
.gi-live img { width: 100%; display: block; image-rendering: pixelated; object-fit: contain; }
.gi-live figcaption { color: var(--body-text-color-subdued); font-size: 0.85rem; font-variant-numeric: tabular-nums; }
.gi-chart { width: 100%; height: auto; display: block; font-size: 10px; }
.gi-training { flex-wrap: nowrap !important; align-items: flex-start; }
.gi-training > :first-child { flex: 3 1 0 !important; min-width: 0 !important; }
.gi-training > .gi-views { flex: 1 1 0 !important; min-width: 0 !important; gap: var(--spacing-sm) !important; }
.gi-views .block, .gi-charts .block { min-width: 0 !important; }
.gi-views figure, .gi-charts svg { padding-top: 22px; }
.gi-runs .wrap { flex-direction: column; align-items: stretch; max-height: 220px; overflow: auto; flex-wrap: nowrap; }
.gi-lesson { border-left: 3px solid var(--primary-500); padding-left: 0.75rem !important; }
/* Textures: a living one as large as there is room for, square. */
.gi-life canvas {
  display: block; width: 100%; max-width: min(100%, 68vh); aspect-ratio: 1; margin: 0 auto; touch-action: none;
  cursor: crosshair; border-radius: var(--block-radius); background: #808080;
}
.gi-life.gi-crisp canvas { image-rendering: pixelated; }
.gi-tight { gap: var(--spacing-md) !important; }
:focus-visible { outline: 2px solid var(--primary-500) !important; outline-offset: 1px; }
@media (min-width: 768px) {
  .gi-result { position: sticky; top: 8px; } /* the picture stays in sight while a long list of controls is scrolled */
}
@media (max-width: 767px) {
  .gradio-container > .main { padding-inline: 10px !important; }
  .gradio-container .tabitem { padding-inline: 0 !important; }
  .gi-header > :nth-child(2) { order: 3; width: 100% !important; }
  .gi-training { flex-direction: column !important; }
  .gi-training > * { width: 100% !important; flex: 0 0 auto !important; }
  .gi-training > .gi-views { flex: 0 0 auto !important; flex-direction: row !important; flex-wrap: nowrap !important; }
  .gi-send { flex-wrap: nowrap; overflow-x: auto; }
  .gi-charts { flex-direction: column !important; }
  #train-slow { min-width: 100% !important; }
  .gi-page { flex-direction: column !important; flex-wrap: nowrap !important; gap: var(--spacing-md) !important; }
  .gi-page > .column { width: 100% !important; max-width: 100% !important; min-width: 0 !important; }
  /* The picture stays in sight while the controls below it are moved. */
  .gi-result { display: contents !important; }
  .gi-stage { position: sticky !important; top: 0; z-index: 100; height: min(46vh, 100vw) !important; }
  .gi-stage { background: var(--block-background-fill) !important; }
}
"""
