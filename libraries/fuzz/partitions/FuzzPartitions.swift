// SPDX-License-Identifier: MIT
import Base
import Core
import FuzzInput
import Partitions

@c(LLVMFuzzerTestOneInput)
public func test(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // SAFETY: libFuzzer lends the bytes for the call.
  unsafe FuzzInput.lend(start, count) { bytes in read(bytes) }
  return 0
}

/// The first byte is the disk's size in sectors, the rest its sectors from the first one on; those
/// behind them are zeros. The checksums of a GPT are made right, so that what they guard is read too.
private func read(_ input: Span<UInt8>) {
  guard input.count > 0 else { return }
  let sectorCount = Int(input[0])
  var disk = [UInt8](repeating: 0, count: sectorCount * 512)
  for index in 1..<max(input.count, 1) where index <= disk.count { disk[index - 1] = input[index] }
  mend(&disk)

  var scan = PartitionScan(sectorBytes: 512, sectorCount: UInt64(sectorCount))
  var steps = 0
  while let wanted = scan.wanted {
    precondition(wanted.first + wanted.count <= UInt64(sectorCount), "asks for what is there")
    let start = Int(wanted.first) * 512
    scan.supply(Array(disk[start..<start + Int(wanted.count) * 512]))
    steps += 1
    precondition(steps < 100, "comes to an end")
  }
  check(scan.table, UInt64(sectorCount))
  for partition in scan.table.partitions {
    if let unique = partition.unique { grow(disk, unique, scan.table) }
  }
}

/// A larger disk: no partition loses or moves, and a second growth finds nothing to do.
private func grow(_ disk: [UInt8], _ partition: GUID, _ before: PartitionTable) {
  var disk = disk + [UInt8](repeating: 0, count: 3000 * 512)
  for write in growth(disk, partition).writes {
    let start = Int(write.first) * 512
    precondition(start + write.bytes.count <= disk.count, "writes what is there")
    disk.replaceSubrange(start..<start + write.bytes.count, with: write.bytes)
  }
  precondition(growth(disk, partition).writes.isEmpty)
  var scan = PartitionScan(sectorBytes: 512, sectorCount: UInt64(disk.count / 512))
  while let wanted = scan.wanted { scan.supply(sectors(wanted, disk)) }
  check(scan.table, UInt64(disk.count / 512))
  for old in before.partitions where old.unique == partition {
    guard let new = scan.table.partitions.first(where: { $0.slot == old.slot }) else { continue }
    precondition(new.sectors.first == old.sectors.first && new.sectors.count >= old.sectors.count)
  }
}

private func growth(_ disk: [UInt8], _ partition: GUID) -> PartitionGrowth {
  var growth = PartitionGrowth(
    sectorBytes: 512, sectorCount: UInt64(disk.count / 512), partition: partition)
  while let wanted = growth.wanted { growth.supply(sectors(wanted, disk)) }
  return growth
}

private func sectors(_ range: SectorRange, _ disk: [UInt8]) -> [UInt8] {
  Array(disk[Int(range.first) * 512..<Int(range.first + range.count) * 512])
}

private func check(_ table: PartitionTable, _ sectorCount: UInt64) {
  for (index, partition) in table.partitions.enumerated() {
    let sectors = partition.sectors
    precondition(sectors.first > 0 && sectors.count > 0)
    precondition(sectors.first + sectors.count <= sectorCount, "lies on the disk")
    for other in table.partitions[..<index] {
      precondition(
        sectors.first >= other.sectors.first + other.sectors.count
          || other.sectors.first >= sectors.first + sectors.count, "overlaps no other")
    }
  }
  for finding in table.findings { precondition(!finding.explanation.isEmpty) }
}

private func mend(_ disk: inout [UInt8]) {
  guard var header = try? GPTHeader(decoding: disk.span, at: 512),
    header.headerBytes >= 92, header.headerBytes <= 512
  else { return }
  let start = header.entriesSector.checkedProduct(512) ?? .max
  let count = UInt64(header.entryCount) * UInt64(header.entryBytes)
  if let entries = try? disk.span.slice(at: start, count: count) {
    header.entriesChecksum = CyclicRedundancyCheck.sum(of: entries)
  }
  header.checksum = 0
  store(header, &disk)
  header.checksum = CyclicRedundancyCheck.sum(
    of: disk.span.extracting(512..<512 + Int(header.headerBytes)))
  store(header, &disk)
}

private func store(_ header: GPTHeader, _ disk: inout [UInt8]) {
  var bytes = [UInt8](repeating: 0, count: GPTHeader.byteCount)
  try? header.encode(into: bytes.mutableSpan)
  disk.replaceSubrange(512..<512 + bytes.count, with: bytes)
}
