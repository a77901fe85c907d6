/** Composes gallery.html: every bundle that is served beside the page. */
import "./ui/page/page.css";
import "./ui/controls/controls.css";
import "./ui/gallery/gallery.css";
import { render } from "preact";
import { required } from "./ui/controls/element";
import { BundleCard, type ServedBundle } from "./ui/gallery/bundle_card";
import { readServed } from "./ui/gallery/served";
import { strings } from "./ui/strings";

const root = required("gallery", HTMLElement);
document.title = `${strings.gallery} · ${strings.product}`;

function Gallery({ served, problem }: { readonly served: readonly ServedBundle[]; readonly problem: string | null }) {
  return (
    <>
      <header>
        <h1>{strings.gallery}</h1>
        <p>{strings.galleryAbout}</p>
      </header>
      {problem === null && (
        <ul class="cards">
          {served.map((bundle) => (
            <li key={bundle.name}>
              <a class="bundle-card" href={`./?bundle=${encodeURIComponent(bundle.name)}`}>
                <BundleCard bundle={bundle} />
              </a>
            </li>
          ))}
        </ul>
      )}
      <footer>
        <p>{strings.galleryProof}</p>
        <p>
          <a href="train.html">{strings.trainOne}</a>
        </p>
      </footer>
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {served.some(({ preview }) => !preview) && <p class="hint">{strings.galleryDrawn}</p>}
    </>
  );
}

render(<Gallery served={[]} problem={null} />, root);
readServed()
  .then((served) => {
    if (served.length === 0) throw new Error(strings.nothingServed);
    render(<Gallery served={served} problem={null} />, root);
  })
  .catch((error: unknown) => {
    render(<Gallery served={[]} problem={error instanceof Error ? error.message : String(error)} />, root);
  });
