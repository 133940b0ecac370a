"""What we may say: topics, verified answers, services, areas and the packs that seed them."""
