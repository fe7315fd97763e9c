"""Random changes of shape, colour and style, so that the image tower does not learn one vendor's hand."""

import math

import torch
from torch import Tensor
from torch.nn import functional

INPUT_PX = 64


def chance(count: int, share: float) -> Tensor:
    """Return which pictures a change applies to, shaped to broadcast over pictures."""
    return (torch.rand(count) < share).view(-1, 1, 1, 1)


def move(images: Tensor) -> Tensor:
    """Mirror, turn, scale, stretch, shift and bend; what comes in from outside is white."""
    count = len(images)
    angle = (torch.rand(count) * 2 - 1) * math.radians(14)
    scale = torch.exp((torch.rand(count, 2) * 2 - 1) * 0.09) * torch.exp((torch.rand(count, 1) * 2 - 1) * 0.22)
    mirror = torch.where(torch.rand(count) < 0.5, -1.0, 1.0)
    cos, sin = torch.cos(angle), torch.sin(angle)
    theta = torch.zeros(count, 2, 3)
    theta[:, 0, 0], theta[:, 0, 1] = cos * mirror * scale[:, 0], -sin * scale[:, 0]
    theta[:, 1, 0], theta[:, 1, 1] = sin * mirror * scale[:, 1], cos * scale[:, 1]
    theta[:, :, 2] = (torch.rand(count, 2) * 2 - 1) * 0.14
    grid = functional.affine_grid(theta, [count, 3, INPUT_PX, INPUT_PX], align_corners=False)
    bend = functional.interpolate(torch.randn(count, 2, 4, 4) * 0.05, INPUT_PX, mode="bicubic", align_corners=False)
    return functional.grid_sample(images - 1, grid + bend.permute(0, 2, 3, 1), align_corners=False) + 1


def recolour(images: Tensor, strength: float) -> Tensor:
    """Mix the colour channels at random around identity, change gamma; some pictures become grey."""
    count = len(images)
    mix = torch.eye(3) + torch.randn(count, 3, 3) * 0.16 * strength
    mix = mix / mix.sum(dim=2, keepdim=True)
    mixed = torch.einsum("nij,njhw->nihw", mix, images).clamp(0, 1)
    gamma = torch.exp((torch.rand(count, 1, 1, 1) * 2 - 1) * 0.35 * strength)
    mixed = mixed.clamp(min=1e-4) ** gamma
    grey = mixed.mean(dim=1, keepdim=True).expand_as(mixed)
    saturation = torch.where(chance(count, 0.12), 0.0, 1.0 + (torch.rand(count, 1, 1, 1) * 2 - 1) * 0.4 * strength)
    return (grey + (mixed - grey) * saturation).clamp(0, 1)


def shade(images: Tensor) -> Tensor:
    """Add soft shading as of a lamp, except on the white ground."""
    count = len(images)
    field = functional.interpolate(torch.randn(count, 1, 3, 3), INPUT_PX, mode="bicubic", align_corners=False)
    ink = (1 - images.amin(dim=1, keepdim=True)).clamp(0, 1).sqrt()
    shaded = (images + 0.12 * field * ink).clamp(0, 1)
    return torch.where(chance(count, 0.5), shaded, images)


def some(images: Tensor, share: float) -> Tensor:
    """Return the rows of the pictures that a change applies to."""
    return torch.nonzero(torch.rand(len(images)) < share).squeeze(1)


def outline(images: Tensor, share: float = 0.25) -> Tensor:
    """Draw dark lines along the strong edges of some pictures, as some vendors do."""
    rows = some(images, share)
    brightness = images[rows].mean(dim=1, keepdim=True)
    spread = functional.max_pool2d(brightness, 3, 1, 1) + functional.max_pool2d(-brightness, 3, 1, 1)
    strength = torch.rand(len(rows), 1, 1, 1) * 1.2
    lined = (images[rows] - (spread - 0.15).clamp(min=0) * strength).clamp(0, 1)
    return images.index_copy(0, rows, lined)


def blur(images: Tensor, share: float = 0.3) -> Tensor:
    """Soften some pictures."""
    rows = some(images, share)
    soft = functional.avg_pool2d(images[rows], 3, 1, 1, count_include_pad=False)
    return images.index_copy(0, rows, 0.6 * soft + 0.4 * images[rows])


def erase(images: Tensor) -> Tensor:
    """Cover one random rectangle with one random colour in some pictures."""
    count = len(images)
    centre, half = torch.rand(count, 2, 1), torch.rand(count, 2, 1) * 0.15 + 0.05
    line = torch.linspace(0, 1, INPUT_PX)
    inside = (line - centre).abs() < half
    covered = inside[:, 0, :, None] & inside[:, 1, None, :]
    hit = covered[:, None] & chance(count, 0.35)
    return torch.where(hit, torch.rand(count, 3, 1, 1), images)


def background(images: Tensor) -> Tensor:
    """Tint the white ground of some pictures."""
    count = len(images)
    tint = 1 - torch.rand(count, 3, 1, 1) * 0.35
    tinted = images * tint
    return torch.where(chance(count, 0.12), tinted, images)


def augment(pixels: Tensor, strength: float = 1.0) -> Tensor:
    """Turn uint8 pictures (N, H, W, 3) into changed, normalised inputs (N, 3, 64, 64)."""
    images = pixels.permute(0, 3, 1, 2).float() / 255
    images = erase(background(blur(outline(shade(recolour(move(images), strength))))))
    images = images + torch.randn_like(images) * 0.02
    return (images - 0.5) / 0.5


def plain(pixels: Tensor) -> Tensor:
    """Scale uint8 pictures to the tower's size and normalise, without any change."""
    images = pixels.permute(0, 3, 1, 2).float() / 255
    images = functional.interpolate(images, INPUT_PX, mode="bicubic", antialias=True, align_corners=False).clamp(0, 1)
    return (images - 0.5) / 0.5
