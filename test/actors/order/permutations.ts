/** Every order in which some things may happen. */

/** All permutations, the given order first. */
export const permutations = <A>(items: readonly A[]): A[][] =>
  items.length < 2
    ? [[...items]]
    : items.flatMap((first, index) =>
        permutations(items.toSpliced(index, 1)).map((rest) => [first, ...rest]),
      );

/** The permutations of named things, for `it.each`: a name of each, and the things. */
export const orderings = <A>(things: Readonly<Record<string, A>>): [string, A[]][] =>
  permutations(Object.entries(things)).map((entries) => [
    entries.map(([name]) => name).join(", "),
    entries.map(([, thing]) => thing),
  ]);
