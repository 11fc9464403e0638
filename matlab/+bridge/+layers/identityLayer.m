function y = identityLayer(layer, x) %#ok<INUSL>
    % IDENTITYLAYER  Nothing.
    %
    %   y = bridge.layers.identityLayer(layer, x) is x.

    y = x;
end
