/** What `countersign models --help` prints. */
export const GENERAL_HELP = `Usage: countersign models <form> <file or directory> [options]

Measures, checks and seals the files of a model. Needs no gateway and no network.

  digest <file|dir>   print the digest that identifies the model, with its kind and every parameter
  verify <image>      check every block of an image against what is pinned
  seal <dir>          make a reproducible image with its dm-verity hash tree

  countersign models <form> --help   options and examples of one form

Exit status: 0 done and right, 10 it is not what was pinned, 30 it cannot be read, 2 usage, 1 anything else.
`;
