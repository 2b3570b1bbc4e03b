/** Who decided at which address a store is. */
export type ChosenBy = "operator" | "manifest";
