"""The child process that turns the Keras networks into OpenVINO models; nothing else here imports TensorFlow.

Run as ``python -m core.networks.convert --out DIR --key KEY --weights FILE`` with DIR as working directory: the
``mtcnn`` package prefers weights of the same name in the working directory, and DIR is empty.
"""

import argparse
import os
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
# Whatever the user's own Keras settings say.
os.environ["KERAS_BACKEND"] = "tensorflow"

import numpy as np
import openvino
import tensorflow as tf
from keras_facenet.inception_resnet_v1 import InceptionResNetV1
from mtcnn.network.onet import ONet
from mtcnn.network.pnet import PNet
from mtcnn.network.rnet import RNet
from mtcnn.utils.tensorflow import load_weights

from core.networks.weights import CASIA_KEY, CASIA_SHA256, DETECTOR_SHA256, VGGFACE2_SHA256, checked, packaged

DETECTOR_NETS = {"pnet": (PNet, None), "rnet": (RNet, 24), "onet": (ONet, 48)}
FACE_PX, EMBEDDING_SIZE = 160, 512
BATCH_NORM_EPSILON = 1e-3


def detector_net(name: str) -> tf.keras.Model:
    """One of MTCNN's three networks with the weights of the ``mtcnn`` package."""
    path = checked(packaged("mtcnn", f"assets/weights/{name}.lz4"), DETECTOR_SHA256[name])
    net = DETECTOR_NETS[name][0]()
    net.build()
    net.set_weights(load_weights(str(path)))
    return net


def facenet(key: str, weights: Path) -> tf.keras.Model:
    """keras-facenet's network with ``(n, 160, 160, 3)`` input and L2-normalised ``(n, 512)`` output."""
    net = InceptionResNetV1(input_shape=(FACE_PX, FACE_PX, 3), classes=EMBEDDING_SIZE)
    if key == CASIA_KEY:
        _load_frozen_graph(net, checked(weights, CASIA_SHA256))
    else:
        net.load_weights(str(checked(weights, VGGFACE2_SHA256)))
    return net


def _load_frozen_graph(net: tf.keras.Model, path: Path) -> None:
    """Copy the constants of the frozen graph into the Keras layers.

    The graph's batch norms are folded into the kernels and an offset, so each Keras batch norm becomes that offset
    alone: mean 0, and a variance that cancels its epsilon.  Only the bottleneck's batch norm is not folded.
    """
    tensors = _constants(path)
    for layer in net.layers:
        if not layer.weights:
            continue
        name = layer.name.removesuffix("_BatchNorm")
        if layer.name == "Bottleneck_BatchNorm":
            parts = [tensors.pop(f"{layer.name}_{part}") for part in ("beta", "moving_mean", "moving_variance")]
        elif layer.name.endswith("_BatchNorm"):
            beta = tensors.pop(f"{name}_Conv2D_bn_offset")
            parts = [beta, np.zeros_like(beta), np.full_like(beta, 1.0 - BATCH_NORM_EPSILON)]
        else:
            parts = [tensors.pop(f"{name}_weights")]
            if layer.use_bias:
                parts.append(tensors.pop(f"{name}_biases"))
        layer.set_weights(parts)
    unused = [name for name in tensors if name.endswith(("_weights", "_biases", "_bn_offset"))]
    if unused:
        raise ValueError(f"weights without a layer: {unused[:3]}")


def _constants(path: Path) -> dict[str, np.ndarray]:
    """The graph's constants under the names of the Keras layers (``Block8_5_Branch_0_Conv2d_1x1_weights``)."""
    graph = tf.compat.v1.GraphDef()
    graph.ParseFromString(path.read_bytes())
    found = {}
    for node in graph.node:
        if node.op != "Const":
            continue
        parts = [part for part in node.name.split("/") if part != "InceptionResnetV1" and not part.startswith("Repeat")]
        # Inside “Repeat…” the blocks are block8_1 to block8_5; the one that follows them is only called Block8.
        parts[0] = "Block8_6" if parts[0] == "Block8" else parts[0].replace("block", "Block")
        found["_".join(parts)] = tf.make_ndarray(node.attr["value"].tensor)
    return found


def _convert(net: tf.keras.Model, shape: tuple[int | None, ...], out: Path) -> None:
    function = tf.function(lambda images: net(images, training=False))
    concrete = function.get_concrete_function(tf.TensorSpec((None, *shape), tf.float32, name="images"))
    model = openvino.convert_model(concrete)
    openvino.save_model(model, out, compress_to_fp16=False)


def main() -> None:
    """Convert all four networks into ``--out``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--weights", type=Path, required=True)
    options = parser.parse_args()
    for name, (_, side) in DETECTOR_NETS.items():
        _convert(detector_net(name), (side, side, 3), options.out / f"{name}.xml")
    _convert(facenet(options.key, options.weights), (FACE_PX, FACE_PX, 3), options.out / "facenet.xml")


if __name__ == "__main__":
    main()
