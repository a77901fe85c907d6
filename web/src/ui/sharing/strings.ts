/** What is sent to others. */
export const sharing = {
  sharing: "Share",
  shareTitle: "A link to what you see, and a frame for your own page",
  shareLink: "Link",
  shareLinkAbout: "Opens this policy as you see it: seed, speed, settings, camera.",
  shareFrame: "Frame",
  shareFrameAbout: "HTML for a page of your own: a slim bar and the badge.",
  shareLocal:
    "This address works on this computer alone. For others: bbconvert export BUNDLE --out site, and put the folder on any web host.",
  copy: "Copy",
  copied: "Copied",
  copyYourself: "Press Ctrl+C",
  openWhole: "Open the whole page in a new tab",
};
