// SPDX-License-Identifier: MIT
import Base
import Core

/// A folder of a new volume; the first of a list of them is the root.
struct FATFolder {
  enum Child {
    /// By their places in the lists of folders and files.
    case folder(Int)
    case file(Int)
  }

  var path: Text
  var name: InlineArray<11, UInt8>
  var parent: Int
  var children: [(name: InlineArray<11, UInt8>, child: Child)] = []
  var cluster: UInt16 = 0

  /// With the lines for itself and its parent.
  var byteCount: Int { (children.count + 2) * FATEntry.byteCount }

  /// All folders that `files` lie in, each behind its parent, the root first.
  static func tree(_ files: [FATFile]) throws(FATFailure) -> [FATFolder] {
    var folders = [FATFolder(path: "", name: FATName.padding, parent: 0)]
    for (index, file) in files.enumerated() {
      var place = 0
      let names = file.path.split(at: 0x2F)
      for (depth, part) in names.enumerated() {
        guard let name = FATName.stored(part) else { throw .name(file.path) }
        if depth == names.count - 1 {
          guard folders[place].find(name) == nil else { throw .name(file.path) }
          folders[place].children.append((name, .file(index)))
        } else if let known = folders[place].find(name) {
          guard case .folder(let inner) = known else { throw .name(file.path) }
          place = inner
        } else {
          folders[place].children.append((name, .folder(folders.count)))
          folders.append(
            FATFolder(path: folders[place].path + "/" + part, name: name, parent: place))
          place = folders.count - 1
        }
      }
    }
    return folders
  }

  private func find(_ name: InlineArray<11, UInt8>) -> Child? {
    for (known, child) in children {
      var isSame = true
      for index in 0..<11 where known[index] != name[index] { isSame = false }
      if isSame { return child }
    }
    return nil
  }

  /// The folder's lines.
  func bytes(
    _ folders: [FATFolder], _ files: [FATFile], _ places: [UInt16], isRoot: Bool, own: UInt16
  ) -> [UInt8] {
    var result: [UInt8] = []
    if !isRoot {
      var line = FATEntry()
      line.attributes = FATEntry.folder
      line.name[0] = 0x2E
      line.cluster = own
      result += Self.encoded(line)
      line.name[1] = 0x2E
      line.cluster = folders[parent].cluster
      result += Self.encoded(line)
    }
    for (name, child) in children {
      var line = FATEntry()
      line.name = name
      switch child {
      case .folder(let index):
        line.attributes = FATEntry.folder
        line.cluster = folders[index].cluster
      case .file(let index):
        line.attributes = FATEntry.file
        line.cluster = places[index]
        line.byteSize = UInt32(files[index].contents.count)
      }
      result += Self.encoded(line)
    }
    return result
  }

  static func encoded<Value: WireFormat>(_ value: Value) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Value.byteCount)
    do throws(WireError) { try value.encode(into: bytes.mutableSpan) } catch {
      preconditionFailure("there is room for one value")
    }
    return bytes
  }
}
