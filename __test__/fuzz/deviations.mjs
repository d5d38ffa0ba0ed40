export const DEVIATIONS = []
