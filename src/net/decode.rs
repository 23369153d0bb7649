//! Undoes the compression of a body as it arrives, within bounds.
//!
//! Done here and not by the HTTP client, because the bounds need both sizes, and because a webhook's answer is not to be
//! unpacked at all. One layer at most. Brotli is not offered: its decoder reserves a window of up to 16 MiB at the sender's
//! word, for every body in flight, to save a few percent of a page; zstd's window is cut to the 8 MiB of RFC 9659.

use std::io::{self, Write};

use flate2::write::GzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{DParameter, Decoder as ZstdDecoder, Operation};

/// What we can undo, as the value of `Accept-Encoding`.
pub(super) const OFFERED: &str = "gzip, deflate, zstd";

/// RFC 9659: a window larger than 8 MiB is not to be used over HTTP.
const ZSTD_WINDOW_LOG: u32 = 23;
/// Gzip members in one body. Real servers send one; each costs an allocation, so a body of nothing else must end.
const MAX_MEMBERS: usize = 64;
/// Bodies up to this size may have any ratio: a table of blanks packs a thousandfold and harms nobody.
const RATIO_COUNTS_FROM: usize = 1 << 20;
/// Where unpacked bytes rest on their way.
const STEP: usize = 16 << 10;

/// A body being unpacked.
pub(super) struct Unpacking {
    coding: Coding,
    packed: usize,
    max_body: usize,
    max_ratio: usize,
    out: Vec<u8>,
}

/// Why unpacking stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// More than this many bytes, before or after.
    TooLarge(usize),
    /// More than this many times what arrived.
    Ratio(usize),
    /// Not what it says it is.
    Damaged(&'static str),
}

enum Coding {
    Identity,
    Gzip {
        member: Box<GzDecoder<Vec<u8>>>,
        members: usize,
    },
    Deflate {
        inflate: Option<Box<Decompress>>,
        head: Vec<u8>,
        ended: bool,
    },
    Zstd {
        decoder: Box<ZstdDecoder<'static>>,
        at_end: bool,
    },
}

impl Unpacking {
    /// Unpacks what a `Content-Encoding` of `coding` announces.
    pub fn new(coding: &str, max_body: usize, max_ratio: usize) -> Result<Self, Stop> {
        let coding = match coding.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Coding::Identity,
            "gzip" | "x-gzip" => Coding::Gzip {
                member: Box::new(GzDecoder::new(Vec::new())),
                members: 1,
            },
            "deflate" => Coding::Deflate {
                inflate: None,
                head: Vec::new(),
                ended: false,
            },
            "zstd" => Coding::Zstd {
                decoder: Box::new(zstd_decoder().map_err(|_| Stop::Damaged("zstd is not available"))?),
                at_end: false,
            },
            _ => return Err(Stop::Damaged("it is packed in a way that was not asked for")),
        };
        Ok(Self {
            coding,
            packed: 0,
            max_body,
            max_ratio,
            out: Vec::new(),
        })
    }

    /// Takes the next bytes as they were transferred.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<(), Stop> {
        self.packed = self.packed.saturating_add(bytes.len());
        if self.packed > self.max_body {
            return Err(Stop::TooLarge(self.max_body));
        }
        let mut step = [0; STEP];
        while !bytes.is_empty() {
            let taken = match &mut self.coding {
                Coding::Identity => {
                    self.out.extend_from_slice(bytes);
                    bytes.len()
                }
                Coding::Gzip { member, members } => gunzip(member, members, bytes, &mut self.out)?,
                Coding::Deflate { inflate, head, ended } => match inflate {
                    None => {
                        head.extend_from_slice(bytes);
                        if let [first, second, ..] = head[..] {
                            *inflate = Some(Box::new(Decompress::new(is_zlib(first, second))));
                            let head = std::mem::take(head);
                            self.packed -= head.len();
                            return self.push(&head);
                        }
                        bytes.len()
                    }
                    Some(inflate) => inflate_step(inflate, ended, bytes, &mut step, &mut self.out)?,
                },
                Coding::Zstd { decoder, at_end } => {
                    let status = decoder
                        .run_on_buffers(bytes, &mut step)
                        .map_err(|_| Stop::Damaged("bad zstd"))?;
                    self.out.extend_from_slice(&step[..status.bytes_written]);
                    *at_end = status.remaining == 0;
                    status.bytes_read
                }
            };
            bytes = &bytes[taken..];
            self.weigh()?;
        }
        self.drain(&mut step)
    }

    /// The whole body, when its compression says that it is whole.
    pub fn finish(mut self) -> Result<Vec<u8>, Stop> {
        if self.packed == 0 {
            return Ok(Vec::new());
        }
        match &mut self.coding {
            Coding::Identity => {}
            Coding::Gzip { member, .. } => {
                member
                    .try_finish()
                    .map_err(|_| Stop::Damaged("bad or truncated gzip"))?;
                self.out.append(member.get_mut());
            }
            Coding::Deflate { ended: true, .. } | Coding::Zstd { at_end: true, .. } => {}
            Coding::Deflate { .. } => return Err(Stop::Damaged("truncated deflate")),
            Coding::Zstd { .. } => return Err(Stop::Damaged("truncated zstd")),
        }
        self.weigh()?;
        Ok(self.out)
    }

    /// Takes out what a decoder still holds although all input was taken.
    fn drain(&mut self, step: &mut [u8]) -> Result<(), Stop> {
        loop {
            let before = self.out.len();
            match &mut self.coding {
                Coding::Identity | Coding::Gzip { .. } => {}
                Coding::Deflate {
                    inflate: Some(inflate),
                    ended: ended @ false,
                    ..
                } => {
                    inflate_step(inflate, ended, &[], step, &mut self.out)?;
                }
                Coding::Zstd {
                    decoder,
                    at_end: at_end @ false,
                } => {
                    let status = decoder
                        .run_on_buffers(&[], step)
                        .map_err(|_| Stop::Damaged("bad zstd"))?;
                    self.out.extend_from_slice(&step[..status.bytes_written]);
                    *at_end = status.remaining == 0;
                }
                _ => {}
            }
            if self.out.len() == before {
                return Ok(());
            }
            self.weigh()?;
        }
    }

    fn weigh(&self) -> Result<(), Stop> {
        let size = self.out.len();
        if size > self.max_body {
            return Err(Stop::TooLarge(self.max_body));
        }
        if size > RATIO_COUNTS_FROM && size / self.max_ratio.max(1) > self.packed {
            return Err(Stop::Ratio(self.max_ratio));
        }
        Ok(())
    }
}

fn zstd_decoder() -> io::Result<ZstdDecoder<'static>> {
    let mut decoder = ZstdDecoder::new()?;
    decoder.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG))?;
    Ok(decoder)
}

/// One step of a gzip body; how many bytes were taken. The decoder takes input only while its own buffer of 32 KiB has room,
/// so a step adds little.
fn gunzip(
    member: &mut Box<GzDecoder<Vec<u8>>>,
    members: &mut usize,
    bytes: &[u8],
    out: &mut Vec<u8>,
) -> Result<usize, Stop> {
    let damaged = |_| Stop::Damaged("bad gzip");
    let taken = member.write(bytes).map_err(damaged)?;
    out.append(member.get_mut());
    if taken == 0 {
        member.try_finish().map_err(damaged)?;
        out.append(member.get_mut());
        *members += 1;
        if *members > MAX_MEMBERS {
            return Err(Stop::Damaged("gzip in too many pieces"));
        }
        **member = GzDecoder::new(Vec::new());
    }
    Ok(taken)
}

fn inflate_step(
    inflate: &mut Decompress,
    ended: &mut bool,
    bytes: &[u8],
    step: &mut [u8],
    out: &mut Vec<u8>,
) -> Result<usize, Stop> {
    if *ended {
        return Err(Stop::Damaged("bytes after the end of deflate"));
    }
    let (taken, given) = (inflate.total_in(), inflate.total_out());
    let status = inflate
        .decompress(bytes, step, FlushDecompress::None)
        .map_err(|_| Stop::Damaged("bad deflate"))?;
    let (taken, given) = (
        (inflate.total_in() - taken) as usize,
        (inflate.total_out() - given) as usize,
    );
    out.extend_from_slice(&step[..given]);
    *ended = status == Status::StreamEnd;
    if taken == 0 && given == 0 && !bytes.is_empty() && !*ended {
        return Err(Stop::Damaged("bad deflate"));
    }
    Ok(taken)
}

/// `deflate` means zlib (RFC 9110 §8.4.1.2), yet some servers send the bare stream.
fn is_zlib(first: u8, second: u8) -> bool {
    first & 0x0f == 8 && u16::from_be_bytes([first, second]).is_multiple_of(31)
}
