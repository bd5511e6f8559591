// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Mv: UtilityProgram {
  static var manual: Manual {
    Manual(
      "mv", "move or rename files",
      synopsis: [
        "[-finuvT] SOURCE TARGET", "[-finuv] SOURCE… DIRECTORY",
        "[-finuv] -t DIRECTORY SOURCE…",
      ],
      description: """
        Gives files and directories another name. If the target is a directory, they come to lie in \
        it. What goes to another scheme is copied under a name of its own beside the target, given \
        the target's name when all of it is there, and only then removed from where it was: whenever \
        mv is ended, all is still in one of the two places. A mv that was killed may leave what it had \
        copied, under a name that begins with .mv-.
        """,
      options: [
        .init("-f, --force", "replace without asking; the default"),
        .init("-i, --interactive", "ask before a file is replaced"),
        .init("-n, --no-clobber", "replace no file"),
        .init("-t, --target-directory=DIRECTORY", "where they go"),
        .init("-T, --no-target-directory", "the target is a name, even if it is a directory's"),
        .init("-u, --update", "only what is newer than its target, or has none"),
        .init("-v, --verbose", "say what is moved"),
      ],
      seeAlso: ["cp", "rm"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    var rules = CopyRules()
    switch options.last(of: ["-f", "-i", "-n"]) {
    case 1: rules.replacing = .asking
    case 2: rules.replacing = .never
    default: break
    }
    rules.onlyNewer = options.has("-u")
    rules.isVerbose = options.has("-v")
    var sources = options.operands
    let target = try CopyTarget.take(from: &sources, options, invocation)
    let mover = Mover(
      invocation: invocation, rules: rules, made: MadePlaces(sources, target))
    for source in sources {
      mover.move(source, to: target.place(of: source))
      try invocation.checkOutput()
    }
    return 0
  }
}

private struct Mover {
  let invocation: Invocation
  let rules: CopyRules
  let made: MadePlaces

  private var system: UtilitySystem { invocation.system }

  func move(_ source: Text, to target: Text) {
    do throws(SystemError) {
      let status = try system.status(source, following: false)
      if let old = system.statusIfAny(target, following: false) {
        guard mayReplace(source, status, target, old) else { return }
        guard made.allow(source, at: target, invocation) else { return }
      }
      do throws(SystemError) { try system.rename(source, to: target) } catch {
        guard error == .crossDevice else { throw error }
        guard carry(source, status, to: target) else { return }
      }
    } catch {
      explain(source, target, error)
      return
    }
    made.note(target)
    if rules.isVerbose {
      invocation.output.put(
        "renamed " + source.quotedForMessage + " -> " + target.quotedForMessage + "\n")
    }
  }

  private func explain(_ source: Text, _ target: Text, _ error: SystemError) {
    let place = Path.resolved(target, from: system.workingDirectory)
    let origin = Path.resolved(source, from: system.workingDirectory)
    if error == .invalidArgument, place.hasPrefix(origin + "/") {
      invocation.complain(
        "cannot move " + source.quotedForMessage + " to a subdirectory of itself, "
          + target.quotedForMessage)
      return
    }
    invocation.complain(
      "cannot move " + source.quotedForMessage + " to " + target.quotedForMessage + ": "
        + Text(error.explanation))
  }

  private func mayReplace(
    _ source: Text, _ status: FileStatus, _ target: Text, _ old: FileStatus
  ) -> Bool {
    if status.isSame(as: old) {
      invocation.complain(
        source.quotedForMessage + " and " + target.quotedForMessage + " are the same file")
      return false
    }
    if old.isDirectory != status.isDirectory {
      invocation.complain(
        old.isDirectory
          ? "cannot overwrite directory " + target.quotedForMessage + " with non-directory "
            + source.quotedForMessage
          : "cannot overwrite non-directory " + target.quotedForMessage + " with directory "
            + source.quotedForMessage)
      return false
    }
    if rules.onlyNewer, status.modified <= old.modified { return false }
    switch rules.replacing {
    case .always: return true
    case .never: return false
    case .asking: return invocation.isConfirmed("overwrite " + target.quotedForMessage + "?")
    }
  }

  /// Takes a file or tree to another scheme.
  private func carry(
    _ source: Text, _ status: FileStatus, to target: Text
  ) -> Bool {
    let place = ownName(beside: target)
    var copying = CopyRules()
    copying.isRecursive = true
    copying.preserves = true
    copying.keepsNames = true
    copying.synchronises = true
    let copier = TreeCopier(invocation: invocation, rules: copying)
    guard copier.copy(source, to: place) else {
      discard(place)
      return false
    }
    do throws(SystemError) { try system.rename(place, to: target) } catch {
      explain(source, target, error)
      discard(place)
      return false
    }
    var remover = TreeRemover(invocation: invocation)
    return remover.remove(source)
  }

  /// A name that nobody else takes, in the directory of `target`.
  private func ownName(beside target: Text) -> Text {
    let absolute = Path.resolved(target, from: system.workingDirectory)
    var number: UInt64 = 0
    while true {
      let name = Text { text in
        text.put(".mv-")
        text.put(decimal: UInt64(system.processNumber))
        text.put("-")
        text.put(decimal: number)
      }
      let place = Path.join(Path.parent(of: absolute), name)
      if system.statusIfAny(place, following: false) == nil { return place }
      number += 1
    }
  }

  private func discard(_ place: Text) {
    guard system.statusIfAny(place, following: false) != nil else { return }
    var remover = TreeRemover(invocation: invocation, isForced: true)
    remover.remove(place)
  }
}
