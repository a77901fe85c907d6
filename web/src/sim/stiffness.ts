/** The drag's stiffness, N/(m·kg): at 10, a stretch of about a metre lifts what is dragged. */
export const SOFTEST = 1;
export const STIFFEST = 200;
export const USUAL_STIFFNESS = 10;
