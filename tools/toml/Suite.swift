// SPDX-License-Identifier: MIT
import Base
import Host
import TOML

/// Runs the files of a checkout of toml-test that its list for TOML 1.0 names.
struct Suite {
  let checkout: String

  private enum Outcome {
    case right
    case wrong(String)
  }

  /// The exit status: 0 if all are as expected.
  func run() -> Int32 {
    do throws(HostError) {
      let list = try Files.text("\(checkout)/tests/files-toml-1.0.0")
      var count = 0
      var wrong = 0
      for line in list.split(separator: "\n") where line.hasSuffix(".toml") {
        count += 1
        guard case .wrong(let reason) = try outcome(of: String(line)) else { continue }
        wrong += 1
        Output.line("FAIL  \(line): \(reason)")
      }
      Output.line("\(count - wrong) of \(count) pass")
      return wrong == 0 && count > 0 ? 0 : 1
    } catch {
      Output.note("toml-decode: \(error)")
      return 2
    }
  }

  private func outcome(of name: String) throws(HostError) -> Outcome {
    let file = "\(checkout)/tests/\(name)"
    let bytes = try Files.read(file)
    let found: Tagged
    do throws(TOMLError) {
      found = Tagged(try TOMLDocument(parsing: bytes).root)
    } catch {
      if name.hasPrefix("invalid/") { return .right }
      return .wrong(String(decoding: error.message(in: Text()).bytes, as: UTF8.self))
    }
    guard name.hasPrefix("valid/") else { return .wrong("accepted") }
    var reader = TaggedReader(try Files.read(file.dropLast(4) + "json"))
    do throws(TaggedReader.Failure) {
      let expected = try reader.read()
      return found.means(expected) ? .right : .wrong("read as \(found.json)")
    } catch { return .wrong("what is expected cannot be read at byte \(error.offset)") }
  }
}
