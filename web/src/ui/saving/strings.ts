/** What is saved and loaded. */
import { sizeOf } from "./size";

export const saving = {
  keep: "Save and load",
  keepTitle: "Save the episode, a picture or a film; load a saved episode",
  saveRollout: "Save this episode",
  saveRolloutAbout: "Every number of it, for Python and for replay (.safetensors)",
  saveCsv: "Save as a table",
  saveCsvAbout: "State, action and reward of every step (.csv)",
  savePicture: "Save a picture",
  savePictureAbout: "What you see, at the screen's resolution (.png)",
  saveFilm: "Record a film",
  saveFilmAbout: "Until you stop it, a minute at most (.webm)",
  openRollout: "Replay a saved episode…",
  openRolloutAbout: "Or drop the file anywhere on this page",
  savedRollout: (steps: number, disturbed: boolean, bytes: number) =>
    `Saved ${steps} steps, ${sizeOf(bytes)}${disturbed ? ", with the forces of your hand" : ""}.`,
  filming: "Recording a film",
  filmed: (seconds: number, longest: number, bytes: number) =>
    `${Math.floor(seconds)} of ${longest} s · ${sizeOf(bytes)}`,
  stopFilm: "Stop and save",
  savedFilm: (bytes: number) => `Saved a film, ${sizeOf(bytes)}.`,
  noFilm: "This browser cannot record a film. Chrome, Edge, Firefox and Safari can, in their newer versions.",
  dropHere: "Drop to replay",
  notLoaded: "No policy is open yet, so nothing can be replayed. Wait until one plays, then drop the file again.",
  replaying: (name: string) => `Replaying ${name}. Push or pull, and the policy takes over.`,
  replayed: (steps: number, equal: boolean, largest: string) =>
    equal
      ? `Replayed ${steps} steps: every state is the recorded one, to the last bit.`
      : `Replayed ${steps} steps: the states differ from the recorded ones by up to ${largest}. Another version of MuJoCo, or another processor, rounds differently.`,
};
