// SPDX-License-Identifier: MIT
import Base
import Host
import ShellEvaluator
import ShellProgram

/// `./apus tool ion`: the shell on Linux.
@main struct IonTool {
  static func main() {
    Output.ignoreBrokenPipes()
    let words = Unix.words.dropFirst().map { Text($0) }
    if words.count == 2, words[0] == "--examples" {
      Program.exit(Examples(checkout: String(decoding: words[1].bytes, as: UTF8.self)).run())
    }
    let options: ShellOptions
    do throws(ShellOptions.Failure) { options = try ShellOptions(words) } catch {
      try? Output.error(error.message.bytes + [0x0A])
      Program.exit(1)
    }
    if options.showsHelp { finish(printing: Text(ShellOptions.help)) }
    if options.showsVersion { finish(printing: "ion of Apus, for Linux\n") }
    Program.exit(Int32(ShellProgram(LinuxSystem(), options).run()))
  }

  private static func finish(printing text: Text) -> Never {
    try? Output.standard(text.bytes)
    Program.exit(0)
  }
}
