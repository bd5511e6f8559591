// SPDX-License-Identifier: MIT
public import UtilityFrame

/// The utilities on text, in order of their names.
public var textUtilities: [Utility] {
  // Compiled here and not again in each module that uses it.
  @export(interface)
  get {
    [
      Utility("[", Bracket.self), Utility("cmp", Cmp.self), Utility("cut", Cut.self),
      Utility("echo", Echo.self), Utility("expand", Expand.self), Utility("false", False.self),
      Utility("find", Find.self),
      Utility("fold", Fold.self), Utility("grep", Grep.self), Utility("head", Head.self),
      Utility("hexdump", HexDump.self), Utility("nl", Nl.self), Utility("printf", Printf.self),
      Utility("rev", Rev.self), Utility("seq", Seq.self), Utility("sha256sum", Sha256sum.self),
      Utility("sort", Sort.self), Utility("split", Split.self), Utility("tac", Tac.self),
      Utility("tail", Tail.self),
      Utility("tee", Tee.self), Utility("test", TestCommand.self), Utility("tr", Tr.self),
      Utility("true", True.self), Utility("uniq", Uniq.self), Utility("wc", WordCount.self),
      Utility("xargs", Xargs.self), Utility("yes", Yes.self),
    ]
  }
}
