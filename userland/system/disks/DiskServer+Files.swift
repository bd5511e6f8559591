// SPDX-License-Identifier: MIT
public import ABI
import Base
import Core
import Memory
public import Schemes
import Storage

/// A request on a file that waits for pages.
struct WaitingTransfer {
  var transfer: FileTransfer
  /// On the disk.
  var blocks: BlockRange
  var isForced = false
  /// Where in what the client sends the data begins.
  var inputOffset = 0
}

// Reading and writing by offset.
extension DiskServer where Device: ~Copyable {
  public mutating func read(
    _ file: DiskFile, into output: inout OutputSpan<UInt8>, at offset: UInt64,
    for request: inout Request
  ) throws(SystemError) {
    let unit = try unit(file)
    let blocks = try unit.blocks(file)
    let blockBytes = UInt64(unit.geometry.blockBytes)
    let size = blocks.count * blockBytes
    guard offset < size, output.freeCapacity > 0 else { return }
    // From the block that it begins in to the one that it ends in.
    let skip = offset % blockBytes
    let wanted = min(UInt64(output.freeCapacity), size - offset)
    let limit = unit.transferLimit / blockBytes
    let count = min((skip + wanted + blockBytes - 1) / blockBytes, limit)
    var transfer = FileTransfer(request.postpone(), .read)
    transfer.skip = Int(skip)
    transfer.count = Int(min(wanted, count * blockBytes - skip))
    unit.waiting.append(
      WaitingTransfer(
        transfer: transfer,
        blocks: BlockRange(first: blocks.first + offset / blockBytes, count: count)))
    progress()
  }

  /// - Throws: `invalidArgument` unless whole blocks are written, `noSpace` at the disk's end.
  public mutating func write(
    _ file: DiskFile, from bytes: Span<UInt8>, at offset: UInt64, for request: inout Request
  ) throws(SystemError) -> Int {
    let forced = request.writeFlags.contains(.synchronous)
    try startWrite(
      file, at: offset, byteCount: request.inputCount, inputOffset: 0, isForced: forced, &request)
    return 0
  }

  private mutating func startWrite(
    _ file: DiskFile, at offset: UInt64, byteCount: Int, inputOffset: Int, isForced: Bool,
    _ request: inout Request
  ) throws(SystemError) {
    let unit = try unit(file)
    let blocks = try unit.blocks(file)
    guard !unit.geometry.isReadOnly else { throw .readOnlyFileSystem }
    let blockBytes = UInt64(unit.geometry.blockBytes)
    guard offset % blockBytes == 0 else { throw .invalidArgument }
    guard offset < blocks.count * blockBytes else { throw .noSpace }
    let room = blocks.count - offset / blockBytes
    let count = min(UInt64(byteCount) / blockBytes, room, unit.transferLimit / blockBytes)
    guard count > 0 else { throw .invalidArgument }
    var transfer = FileTransfer(request.postpone(), .write)
    transfer.count = Int(count * blockBytes)
    var entry = WaitingTransfer(
      transfer: transfer,
      blocks: BlockRange(first: blocks.first + offset / blockBytes, count: count))
    entry.isForced = isForced
    entry.inputOffset = inputOffset
    unit.waiting.append(entry)
    progress()
  }

  /// Begins requests for which there are pages, in their order.
  func admit(_ unit: DiskUnit<Device>) {
    while let first = unit.waiting.first {
      let byteCount = Int(first.blocks.count) * Int(unit.geometry.blockBytes)
      let pages = (byteCount + TransferMemory.pageBytes - 1) / TransferMemory.pageBytes
      guard let page = unit.memory.take(pages) else { return }
      unit.waiting.removeFirst()
      var transfer = first.transfer
      transfer.firstPage = page
      transfer.pageCount = pages
      if transfer.operation == .write {
        guard fetch(transfer, page, first.inputOffset, unit) else {
          unit.memory.giveBack(page, pages)
          continue
        }
      }
      unit.engine.submit(
        BlockRequest(
          BlockTransfer(
            transfer.operation, first.blocks, isForced: first.isForced,
            data: unit.memory.run(page, byteCount: byteCount)),
          .file(transfer)))
    }
  }

  /// Brings in what a client writes.
  /// - Returns: false if it is gone, or its bytes cannot be had: then it has its answer.
  private func fetch(
    _ transfer: FileTransfer, _ page: Int, _ offset: Int, _ unit: DiskUnit<Device>
  ) -> Bool {
    guard let session else { return false }
    do throws(SystemError) {
      let count = try session.read(
        transfer.tag, at: offset, into: unit.memory.bytes(page, 0..<transfer.count))
      guard count == transfer.count else { throw SystemError.badAddress }
      return true
    } catch {
      if error != .gone { session.answer(transfer.tag, error) }
      return false
    }
  }

  /// Returns when the device's cache is on the medium.
  public mutating func synchronise(
    _ file: DiskFile, for request: inout Request
  ) throws(SystemError) {
    let unit = try unit(file)
    _ = try unit.blocks(file)
    let transfer = FileTransfer(request.postpone(), .flush)
    unit.engine.submit(
      BlockRequest(BlockTransfer(.flush, BlockRange(first: 0, count: 0)), .file(transfer)))
    progress()
  }

  // MARK: Ends

  /// Tells whoever waits for a request how it ended.
  mutating func finish(_ finished: FinishedRequest, _ unit: DiskUnit<Device>) {
    switch finished.request.owner {
    case .file(let transfer): finish(transfer, finished.error, unit)
    case .ring(let serial, let identifier): finish(serial, identifier, finished.error)
    case .server: break
    }
  }

  private func finish(
    _ transfer: FileTransfer, _ error: SystemError?, _ unit: DiskUnit<Device>
  ) {
    if let error {
      session?.answer(transfer.tag, error)
    } else if transfer.operation == .read {
      give(transfer, unit.memory.bytes(transfer.firstPage, 0..<transfer.skip + transfer.count))
    } else {
      session?.answer(transfer.tag, UInt(transfer.count))
    }
    if transfer.pageCount > 0 { unit.memory.giveBack(transfer.firstPage, transfer.pageCount) }
  }

  private func give(_ transfer: FileTransfer, _ bytes: SharedBytes) {
    if transfer.skip & 7 == 0 {
      session?.answer(transfer.tag, with: bytes.extracting(transfer.skip..<bytes.count))
      return
    }
    var copy = [UInt8](repeating: 0, count: transfer.count)
    var span = copy.mutableSpan
    bytes.copy(from: transfer.skip, to: &span)
    session?.answer(transfer.tag, copy.span)
  }

  // MARK: Calls

  public mutating func call(
    _ file: DiskFile, _ code: UInt32, _ input: Span<UInt8>,
    into output: inout OutputSpan<UInt8>, for request: inout Request
  ) throws(SystemError) -> UInt {
    if code == RingOperation.doorbell {
      guard ring(file.serial) != nil else { throw .gone }
      progress()
      return 0
    }
    if code == RingOperation.wait || code == RingOperation.drain {
      try waitForRing(file, forAll: code == RingOperation.drain, &request)
      return 0
    }
    let asked = DiskRequest(rawValue: code)
    if asked == .discard || asked == .writeForced, file.use != .writes { throw .accessDenied }
    switch asked {
    case .describe:
      try describe(file, into: &output)
      return UInt(DiskDescription.byteCount)
    case .rescan:
      guard file.part == 1 else { throw .invalidArgument }
      guard !isAnyPartitionOpen(file.disk) else { throw .busy }
      let unit = try unit(file)
      readPartitions(unit)
      return UInt(unit.partitions.count)
    case .discard:
      guard input.count >= 16 else { throw .invalidArgument }
      let unit = try unit(file)
      let blocks = try unit.range(file, input.littleWord(at: 0), input.littleWord(at: 8))
      let transfer = FileTransfer(request.postpone(), .discard)
      unit.engine.submit(BlockRequest(BlockTransfer(.discard, blocks), .file(transfer)))
      progress()
      return 0
    case .writeForced:
      guard request.inputCount > 8, input.count >= 8 else { throw .invalidArgument }
      try startWrite(
        file, at: input.littleWord(at: 0), byteCount: request.inputCount - 8, inputOffset: 8,
        isForced: true, &request)
      return 0
    case nil: throw .noSystemCall
    }
  }

  private func describe(
    _ file: DiskFile, into output: inout OutputSpan<UInt8>
  ) throws(SystemError) {
    let unit = try unit(file)
    let (blocks, geometry) = (try unit.blocks(file), unit.geometry)
    var description = DiskDescription()
    description.blockBytes = geometry.blockBytes
    description.isReadOnly = geometry.isReadOnly
    description.hasCache = geometry.hasCache
    description.discards = geometry.discards
    description.blockCount = blocks.count
    description.firstBlock = blocks.first
    description.transferLimit = UInt64(geometry.transferLimit)
    description.statistics = unit.engine.statistics
    var bytes = [UInt8](repeating: 0, count: DiskDescription.byteCount)
    do throws(WireError) { try description.encode(into: bytes.mutableSpan) } catch {
      throw .invalidArgument
    }
    guard output.freeCapacity >= bytes.count else { throw .invalidArgument }
    output.put(bytes.span)
  }

  private func isAnyPartitionOpen(_ disk: UInt8) -> Bool {
    do throws(SystemError) {
      for record in try session?.descriptions() ?? [] {
        guard let file = DiskFile(word: record.word), file.disk == disk else { continue }
        if file.part >= 2, file.serial != 0 { return true }
      }
      return false
    } catch { return true }
  }
}
