// SPDX-License-Identifier: MIT
import Core

/// The names in an ELF file, for turning the addresses of a backtrace into functions.
///
/// Works on any 64-bit ELF file, also on a kernel's: nothing but the two tables is looked at.
public struct SymbolTable: ~Escapable {
  private let symbols: Span<UInt8>
  private let names: Span<UInt8>
  public let count: Int

  /// Finds the symbol table of `file`.
  ///
  /// - Throws: `noSymbolTable` if the file was stripped of it.
  @export(interface)
  @_lifetime(copy file)
  public init(parsing file: Span<UInt8>) throws(ELFError) {
    let header = try FileHeader(checking: file)
    let sections = try SectionTable(file, header)
    guard let table = try sections.first(ofType: SectionHeader.symbolTable) else {
      throw .noSymbolTable
    }
    guard table.entryBytes == UInt64(SymbolEntry.byteCount), table.link < sections.count else {
      throw .symbolTableOutsideFile
    }
    let strings = try sections.header(at: Int(table.link))
    guard strings.type == SectionHeader.stringTable else { throw .symbolTableOutsideFile }
    do throws(WireError) {
      symbols = try file.slice(at: table.offset, count: table.byteSize)
      names = try file.slice(at: strings.offset, count: strings.byteSize)
    } catch { throw .symbolTableOutsideFile }
    count = symbols.count / SymbolEntry.byteCount
  }

  /// The symbol number `index`, or `nil` beyond the last.
  @export(interface)
  public func symbol(at index: Int) -> SymbolEntry? {
    guard index >= 0, index < count else { return nil }
    let place = UInt64(index &* SymbolEntry.byteCount)
    do throws(WireError) { return try SymbolEntry(decoding: symbols, at: place) } catch {
      return nil
    }
  }

  /// The name of `symbol`; empty if it has none or the table is damaged.
  @export(interface)
  @_lifetime(copy self)
  public func name(of symbol: SymbolEntry) -> Span<UInt8> {
    let start = Int(symbol.name)
    guard start < names.count, let end = names.firstIndex(of: 0, from: start) else {
      return names.extracting(first: 0)
    }
    return names.extracting(start..<end)
  }

  /// The function that `address` lies in, or `nil`.
  ///
  /// A function of assembly often has no size: it reaches to the next one. O(count).
  @export(interface)
  public func function(containing address: UInt64) -> SymbolEntry? {
    var best: SymbolEntry?
    for index in 0..<count {
      guard let symbol = symbol(at: index), symbol.isFunction, symbol.value <= address else {
        continue
      }
      if let known = best, known.value > symbol.value { continue }
      best = symbol
    }
    guard let best, best.byteSize == 0 || address &- best.value < best.byteSize else { return nil }
    return best
  }
}

/// The section headers of a file.
struct SectionTable: ~Escapable {
  private let file: Span<UInt8>
  private let offset: UInt64
  let count: Int

  @_lifetime(copy file)
  init(_ file: Span<UInt8>, _ header: FileHeader) throws(ELFError) {
    guard header.sectionHeaderCount > 0 else { throw .noSymbolTable }
    guard header.sectionHeaderBytes == SectionHeader.byteCount else { throw .wrongHeaderSize }
    let byteCount = UInt64(header.sectionHeaderCount) &* UInt64(SectionHeader.byteCount)
    guard
      let range = AddressRange(start: header.sectionHeaderOffset, byteCount: byteCount),
      range.end <= UInt64(file.count)
    else { throw .sectionHeadersOutsideFile }
    self.file = file
    offset = header.sectionHeaderOffset
    count = Int(header.sectionHeaderCount)
  }

  func header(at index: Int) throws(ELFError) -> SectionHeader {
    let place = offset &+ UInt64(index &* SectionHeader.byteCount)
    do throws(WireError) {
      return try SectionHeader(decoding: file, at: place)
    } catch { throw .sectionHeadersOutsideFile }
  }

  func first(ofType type: UInt32) throws(ELFError) -> SectionHeader? {
    for index in 0..<count {
      let section = try header(at: index)
      if section.type == type { return section }
    }
    return nil
  }
}
