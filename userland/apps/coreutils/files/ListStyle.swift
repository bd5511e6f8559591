// SPDX-License-Identifier: MIT
import ABI
import Base
import OptionParser
import UtilityFrame

/// How files are listed.
struct ListStyle {
  enum Layout { case columns, rows, lines, commas, long }
  enum Order { case name, version, size, time, ending, none }
  enum Time { case modified, changed, accessed }

  var layout: Layout
  var order = Order.name
  var time = Time.modified
  /// As `date` takes it; `nil` is the usual form, which depends on the age.
  var timeFormat: Text?
  var isReversed: Bool
  var showsHidden: Bool
  var showsSelf: Bool
  var listsDirectories: Bool
  var marksTypes: Bool
  var marksDirectories: Bool
  var hasReadableSizes: Bool
  var showsInodes: Bool
  var showsSpace: Bool
  var showsOwners: Bool
  var showsGroups: Bool
  var quotesNames: Bool
  var followsLinks: Bool
  var isNumeric: Bool
  var isRecursive: Bool
  var hasDirectoriesFirst: Bool
  var isColoured: Bool
  /// Characters that would control a terminal are hidden from it.
  let hidesControls: Bool

  init(_ options: Options, _ system: UtilitySystem) throws(UtilityStop) {
    let isTerminal = system.isTerminal(.standardOutput)
    hidesControls = isTerminal && !options.has("-N")
    layout = isTerminal ? .columns : .lines
    let long: [StaticString] = ["-l", "-n", "-g", "-o", "--full-time"]
    var isLong = false
    for name in long where options.has(name) { isLong = true }
    switch options.last(of: ["-1", "-C", "-m", "-x"] + long) {
    case 0: layout = isLong ? .long : .lines
    case 1: layout = .columns
    case 2: layout = .commas
    case 3: layout = .rows
    case nil: break
    default: layout = .long
    }
    isReversed = options.has("-r")
    showsSelf = options.has("-a")
    showsHidden = showsSelf || options.has("-A")
    listsDirectories = !options.has("-d")
    marksTypes = options.has("-F")
    marksDirectories = marksTypes || options.has("-p")
    hasReadableSizes = options.has("-h")
    showsInodes = options.has("-i")
    showsSpace = options.has("-s")
    showsOwners = !options.has("-g")
    showsGroups = !options.has("-o")
    quotesNames = options.has("-Q")
    followsLinks = options.has("-L")
    isNumeric = options.has("-n")
    isRecursive = options.has("-R") && listsDirectories
    hasDirectoriesFirst = options.has("--group-directories-first")
    isColoured = isTerminal
    try readOrder(options)
    try readTime(options)
    try readColour(options)
  }

  private mutating func readOrder(_ options: Options) throws(UtilityStop) {
    switch options.last(of: ["-S", "-t", "-U", "-X", "--sort", "-v"]) {
    case 0: order = .size
    case 1: order = .time
    case 2: order = .none
    case 3: order = .ending
    case 4:
      switch options.value("--sort") {
      case "none": order = .none
      case "size": order = .size
      case "time": order = .time
      case "version": order = .version
      case "extension": order = .ending
      case "name": order = .name
      case let value:
        throw .usage("--sort does not know " + (value ?? "").quotedForMessage)
      }
    case 5: order = .version
    default: break
    }
  }

  private mutating func readTime(_ options: Options) throws(UtilityStop) {
    switch options.last(of: ["-c", "-u"]) {
    case 0: time = .changed
    case 1: time = .accessed
    default: break
    }
    // As in GNU: without -l, a time that is asked for is what to sort by.
    if time != .modified, layout != .long, order == .name { order = .time }
    switch options.last(of: ["--time-style", "--full-time"]) {
    case nil: return
    case 1: timeFormat = "%Y-%m-%d %H:%M:%S.%N %z"
    default:
      switch options.value("--time-style") ?? "" {
      case "full-iso": timeFormat = "%Y-%m-%d %H:%M:%S.%N %z"
      case "long-iso": timeFormat = "%Y-%m-%d %H:%M"
      case "iso": timeFormat = "%m-%d %H:%M"
      case "locale": timeFormat = nil
      case let value where value.hasPrefix("+"): timeFormat = value[1...]
      case let value: throw .usage("--time-style does not know " + value.quotedForMessage)
      }
    }
  }

  private mutating func readColour(_ options: Options) throws(UtilityStop) {
    guard options.has("--color") else { return }
    switch options.value("--color") {
    case nil, "always", "yes": isColoured = true
    case "auto": break
    case "never", "no": isColoured = false
    case let value?:
      throw .usage("--color takes always, auto or never, not " + value.quotedForMessage)
    }
  }

  /// Whether more than the names must be known.
  var needsStatus: Bool {
    layout == .long || order == .size || order == .time || marksTypes || isColoured || showsSpace
      || followsLinks
  }

  func moment(_ status: FileStatus) -> UInt64 {
    switch time {
    case .modified: status.modified
    case .changed: status.changed
    case .accessed: status.accessed
    }
  }
}
