"""furl-ctx without its list of tools to leave alone: what agents read and searched is compressed, too.

Setting: as in `furl_compress`, with a pipeline of a content router that has `exclude_tools=set()`.
"""

from __future__ import annotations

from _protocol import serve
from furl_compress import compress, recover  # first: it sets the store
from furl_ctx.transforms import TransformPipeline
from furl_ctx.transforms.content_router import ContentRouter, ContentRouterConfig

PIPELINE = TransformPipeline(transforms=[ContentRouter(ContentRouterConfig(exclude_tools=set()))])

if __name__ == "__main__":
    serve(lambda case: compress(case, PIPELINE), recover)
