// SPDX-License-Identifier: MIT
import Base
import Core
import ShellEditor
import ShellEvaluator
import ShellExpander

/// The history and its file, as the variables of Ion's manual say.
extension Session {
  func setDefaults() {
    shell.setDefault("HISTORY_SIZE", .string("1000"))
    shell.setDefault("HISTFILE_SIZE", .string("100000"))
    shell.setDefault("HISTFILE_ENABLED", .string("1"))
    shell.setDefault("HISTORY_TIMESTAMP", .string("0"))
    shell.setDefault(
      "HISTORY_IGNORE", Value(["no_such_command", "whitespace", "duplicates"] as [Text]))
    if let file = standardHistoryFile { shell.setDefault("HISTFILE", .string(file)) }
  }

  private var standardHistoryFile: Text? {
    if let folder = shell.text(of: "XDG_DATA_HOME"), !folder.isEmpty {
      return Path.join(folder, "ion/history")
    }
    return shell.home(of: "").map { Path.join($0, ".local/share/ion/history") }
  }

  /// The file, if one is to be used.
  private var historyFile: Text? {
    guard shell.text(of: "HISTFILE_ENABLED") == "1" as Text? else { return nil }
    return shell.text(of: "HISTFILE").flatMap { $0.isEmpty ? nil : $0 }
  }

  private var rules: HistoryRules {
    shell.texts(of: "HISTORY_IGNORE").map { HistoryRules($0) } ?? HistoryRules()
  }

  private func number(_ name: Text) -> Int? {
    shell.text(of: name).flatMap { try? Int(decimal: $0) }
  }

  /// Reads the file, and shortens one that has become longer than it may be.
  func loadHistory() {
    shell.history.limit = number("HISTORY_SIZE") ?? 1000
    guard let path = historyFile, let file = try? contents(of: path) else { return }
    let entries = HistoryFile.entries(in: file)
    let isUnique = rules.ignoresDuplicates && !shell.loadsDuplicates
    for entry in History.newest(entries.map { $0.text }, shell.history.limit, isUnique: isUnique) {
      shell.history.add(entry, isUnique: false)
    }
    let limit = max(0, number("HISTFILE_SIZE") ?? 100_000)
    // Not for each entry anew: a tenth more may wait.
    guard entries.count > limit + limit / 10 else { return }
    let kept = limit == 0 ? [] : Array(file[entries[entries.count - limit].start...])
    try? system.replace(path, with: kept)
  }

  /// Adds a command that has run to the history and its file.
  func remember(_ command: Text) {
    let rules = rules
    guard rules.keeps(command, status: shell.status) else { return }
    if rules.ignoresDuplicates, shell.history.entries.last == command as Text? { return }
    shell.history.limit = number("HISTORY_SIZE") ?? 1000
    shell.history.add(command, isUnique: rules.ignoresDuplicates)
    guard let path = historyFile else { return }
    let time = shell.text(of: "HISTORY_TIMESTAMP") == "1" as Text? ? system.now : nil
    do throws(SystemFailure) {
      try append(HistoryFile.record(command, time: time), to: path)
    } catch {
      guard !hasReportedHistory else { return }
      hasReportedHistory = true
      write(("ion: the history is not kept: " + path + ": " + error.reason + "\n").bytes)
    }
  }

  /// Appends in one write, so that shells that do so at once do not mix their commands.
  private func append(_ record: [UInt8], to path: Text) throws(SystemFailure) {
    let handle: Int
    do throws(SystemFailure) { handle = try system.open(path, for: .appending) } catch {
      guard error.kind == .notFound else { throw error }
      makeDirectories(above: path)
      handle = try system.open(path, for: .appending)
    }
    defer { system.close(handle) }
    var rest = record[...]
    while !rest.isEmpty { rest = rest.dropFirst(max(1, try system.write(handle, rest))) }
  }

  private func makeDirectories(above path: Text) {
    for index in path.indices where index > 0 && path[index] == 0x2F {
      let directory = path[0..<index]
      if system.facts(directory) == nil { try? system.makeDirectory(directory) }
    }
  }
}
