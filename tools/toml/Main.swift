// SPDX-License-Identifier: MIT
import Base
import Host
import TOML

/// `./apus tool toml-decode`: TOML from standard input as JSON.
@main struct DecodeTool {
  static func main() {
    Output.ignoreBrokenPipes()
    let words = Unix.words.dropFirst().map { String(decoding: $0, as: UTF8.self) }
    switch (words.first, words.count) {
    case (nil, _): decode()
    case ("--suite", 2): Program.exit(Suite(checkout: words[1]).run())
    default:
      Output.note("usage: toml-decode < FILE, or toml-decode --suite CHECKOUT")
      Program.exit(2)
    }
  }

  private static func decode() {
    do throws(HostError) {
      let bytes = try Files.read("/dev/stdin")
      do throws(TOMLError) {
        Output.line(Tagged(try TOMLDocument(parsing: bytes).root).json)
      } catch {
        let message = error.message(in: "standard input")
        Output.note(String(decoding: message.bytes, as: UTF8.self))
        Program.exit(1)
      }
    } catch {
      Output.note("toml-decode: \(error)")
      Program.exit(2)
    }
  }
}
