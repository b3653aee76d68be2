// A photo that the server would refuse for its size is drawn smaller here, since a crew at a broken lamp cannot do it. What
// cannot be drawn goes as it is, and the server says why it is not taken.
const PIXELS = [24e6, 12e6, 6e6, 3e6];
const QUALITY = 0.85;

// `most`: in bytes; 0: no photo is changed.
export async function fitting(photo: Blob, most: number): Promise<Blob> {
  if (!most || photo.size <= most) return photo;
  try {
    const picture = await createImageBitmap(photo);
    for (const pixels of PIXELS) {
      const scale = Math.min(1, Math.sqrt(pixels / (picture.width * picture.height)));
      const canvas = new OffscreenCanvas(Math.ceil(picture.width * scale), Math.ceil(picture.height * scale));
      canvas.getContext("2d")!.drawImage(picture, 0, 0, canvas.width, canvas.height);
      const smaller = await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
      if (smaller.size <= most) return smaller;
    }
  } catch {
    // No picture, or of a kind that this browser does not show.
  }
  return photo;
}
