/** Composes gallery.html: every bundle that is served beside the page. */
import "./ui/page/page.css";
import "./ui/controls/controls.css";
import "./ui/gallery/gallery.css";
import { element, required } from "./ui/controls/element";
import { cardOf } from "./ui/gallery/bundle_card";
import { readServed } from "./ui/gallery/served";
import { strings } from "./ui/strings";

const root = required("gallery", HTMLElement);
document.title = `${strings.gallery} · ${strings.product}`;
const list = element("ul", { class: "cards" });
root.append(
  element("header", {}, element("h1", {}, strings.gallery), element("p", {}, strings.galleryAbout)),
  list,
  element("footer", {}, element("p", {}, strings.galleryProof)),
);

readServed()
  .then((served) => {
    if (served.length === 0) throw new Error(strings.nothingServed);
    for (const bundle of served) {
      const link = element("a", { class: "bundle-card", href: `./?bundle=${encodeURIComponent(bundle.name)}` });
      link.append(cardOf(bundle));
      list.append(element("li", {}, link));
    }
    if (served.some(({ preview }) => !preview)) root.append(element("p", { class: "hint" }, strings.galleryDrawn));
  })
  .catch((error: unknown) => {
    list.remove();
    const message = error instanceof Error ? error.message : String(error);
    root.append(element("p", { class: "problem", role: "alert" }, message));
  });
